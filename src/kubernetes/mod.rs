//! The kubelet's `CredentialProviderConfig`, and the program as one of its providers.

pub(crate) mod provider;
pub(crate) mod provider_config;
