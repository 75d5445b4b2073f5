//! Scaleway's `config.yaml`, and the settings from it and from `SCW_…` variables.

pub mod config;
pub mod settings;
