//! Scaleway's config.yaml, and the settings that are read from it and from `SCW_…` variables.

pub mod config;
pub mod settings;
