//! The environment variables that the program reads.

/// Every variable that the program reads.
///
/// The output filter searches their values for keys that must not be shown. Reading a variable
/// that is not listed here fails in every test that does it.
pub const VARIABLES: [&str; 41] = [
    "SCW_SECRET_KEY",
    "SCW_TOKEN",
    "SCALEWAY_TOKEN",
    "SCW_PROFILE",
    "SCW_CONFIG_PATH",
    "SCW_API_URL",
    "SCW_DEFAULT_REGION",
    "SCW_DEFAULT_PROJECT_ID",
    "SCW_DEFAULT_ORGANIZATION_ID",
    "DOCKER_CONFIG",
    "DOCKER_AUTH_CONFIG",
    "REGISTRY_AUTH_FILE",
    "HOME",
    "PATH",
    "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "SUDO_UID",
    "TERM",
    "COLUMNS",
    "NO_COLOR",
    "TZ",
    "LANGUAGE",
    "LC_ALL",
    "LC_COLLATE",
    "LC_MESSAGES",
    "LC_NUMERIC",
    "LC_TIME",
    "LC_CTYPE",
    "LANG",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// Those of [`VARIABLES`] whose values are UUIDs but not keys.
pub(super) const VARIABLES_WITH_IDS: [&str; 2] =
    ["SCW_DEFAULT_PROJECT_ID", "SCW_DEFAULT_ORGANIZATION_ID"];
