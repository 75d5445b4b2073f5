//! The environment variables that the program reads.

/// All variables that the program reads.
///
/// The output filter searches their values for keys. A test that reads a variable missing from this
/// list fails.
pub const VARIABLES: [&str; 42] = [
    "SCW_SECRET_KEY",
    "SCW_TOKEN",
    "SCALEWAY_TOKEN",
    "SCW_PROFILE",
    "SCW_CONFIG_PATH",
    "SCW_API_URL",
    "SCW_DEFAULT_REGION",
    "SCW_DEFAULT_ZONE",
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

/// The variables whose values are UUIDs but not keys.
pub(super) const VARIABLES_WITH_IDS: [&str; 2] =
    ["SCW_DEFAULT_PROJECT_ID", "SCW_DEFAULT_ORGANIZATION_ID"];
