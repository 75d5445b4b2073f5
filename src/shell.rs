//! Commands as users type them, in the shell of their system.

/// A shell for which commands are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shell {
    /// `sh`, and every shell that quotes like it.
    Posix,
    /// Windows' default. Paths are quoted so that `cmd` reads them, too.
    PowerShell,
}

impl Shell {
    /// The shell of this system.
    pub(crate) const NATIVE: Self = if cfg!(windows) { Self::PowerShell } else { Self::Posix };

    /// Quotes text as one word, if necessary.
    pub(crate) fn word(self, text: &str) -> String {
        let special = match self {
            Self::Posix => "-_./:@%+=,~",
            Self::PowerShell => "-_./:\\+=~",
        };
        let is_plain = |c: char| c.is_alphanumeric() || special.contains(c);
        if !text.is_empty() && text.chars().all(is_plain) {
            return text.to_owned();
        }
        match self {
            Self::Posix => format!("'{}'", text.replace('\'', r"'\''")),
            // PowerShell expands these characters in double quotes.
            Self::PowerShell if text.contains(['$', '`', '"']) => {
                format!("'{}'", text.replace('\'', "''"))
            }
            Self::PowerShell => format!("\"{text}\""),
        }
    }

    /// A command line. The first word is the program.
    pub(crate) fn line<W: AsRef<str>>(self, words: &[W]) -> String {
        let words: Vec<_> = words.iter().map(|word| self.word(word.as_ref())).collect();
        let line = words.join(" ");
        // PowerShell prints a quoted word unless `&` calls it.
        let is_quoted = line.starts_with(['"', '\'']);
        if self == Self::PowerShell && is_quoted { format!("& {line}") } else { line }
    }

    /// The words of the command that unsets a variable.
    pub(crate) fn unset(self, variable: &str) -> [String; 2] {
        match self {
            Self::Posix => ["unset".to_owned(), variable.to_owned()],
            Self::PowerShell => ["Remove-Item".to_owned(), format!("Env:{variable}")],
        }
    }

    /// What to do so that programs in this directory are found.
    pub(crate) fn add_to_path(self, directory: &str) -> String {
        match self {
            Self::Posix => {
                format!("add the directory to PATH: export PATH={}:$PATH", self.word(directory))
            }
            Self::PowerShell => {
                "add the directory to the Path of your account's environment variables".to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Shell::{Posix, PowerShell};

    #[test]
    fn words_are_quoted_only_if_necessary() {
        for (text, posix, powershell) in [
            ("/home/ada/config.json", "/home/ada/config.json", "/home/ada/config.json"),
            ("/home/ada lovelace", "'/home/ada lovelace'", "\"/home/ada lovelace\""),
            (
                r"C:\Users\ada\.docker\config.json",
                r"'C:\Users\ada\.docker\config.json'",
                r"C:\Users\ada\.docker\config.json",
            ),
            (
                r"C:\Program Files\x.exe",
                r"'C:\Program Files\x.exe'",
                "\"C:\\Program Files\\x.exe\"",
            ),
            ("$(reboot);x", "'$(reboot);x'", "'$(reboot);x'"),
            ("it's $5", r"'it'\''s $5'", "'it''s $5'"),
            ("it's", r"'it'\''s'", "\"it's\""),
            ("a,b", "a,b", "\"a,b\""),
            ("", "''", "\"\""),
        ] {
            assert_eq!(
                (Posix.word(text), PowerShell.word(text)),
                (posix.into(), powershell.into())
            );
        }
    }

    #[test]
    fn powershell_calls_a_quoted_program_with_an_ampersand() {
        let program = r"C:\Users\Ada Lovelace\docker-credential-scw.exe";
        assert_eq!(
            PowerShell.line(&[program, "install", "--force"]),
            "& \"C:\\Users\\Ada Lovelace\\docker-credential-scw.exe\" install --force"
        );
        assert_eq!(
            PowerShell.line(&["docker-credential-scw", "install"]),
            "docker-credential-scw install"
        );
        assert_eq!(Posix.line(&["/a b/x", "install"]), "'/a b/x' install");
    }

    #[test]
    fn each_shell_unsets_variables_and_extends_path_in_its_way() {
        assert_eq!(Posix.line(&Posix.unset("SCW_PROFILE")), "unset SCW_PROFILE");
        assert_eq!(
            PowerShell.line(&PowerShell.unset("SCW_PROFILE")),
            "Remove-Item Env:SCW_PROFILE"
        );
        assert_eq!(
            Posix.add_to_path("/home/ada lovelace/bin"),
            "add the directory to PATH: export PATH='/home/ada lovelace/bin':$PATH"
        );
        assert_eq!(
            PowerShell.add_to_path(r"C:\bin"),
            "add the directory to the Path of your account's environment variables"
        );
    }
}
