//! The operator's language, from the environment as every Unix program takes it.

/// What the operator reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    English,
    Chinese,
}

impl Language {
    /// From `LC_ALL`, `LC_MESSAGES` and `LANG`, in this order.
    pub(super) fn of_environment() -> Self {
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let names = ["LC_ALL", "LC_MESSAGES", "LANG"];
        Self::of_locale(&names.into_iter().find_map(set).unwrap_or_default())
    }

    fn of_locale(locale: &str) -> Self {
        if locale.to_ascii_lowercase().starts_with("zh") { Self::Chinese } else { Self::English }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales_are_understood() {
        assert_eq!(Language::of_locale("zh_CN.UTF-8"), Language::Chinese);
        for english in ["", "C", "en_GB.UTF-8", "de_DE"] {
            assert_eq!(Language::of_locale(english), Language::English);
        }
    }
}
