//! `hearth setup-link`: a new code for the first owner, for when the old one has ended.

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use super::language::Language;
use super::{Context, unexpected};
use crate::admin::{Answer, Command};
use crate::setup::{Welcome, square};

pub(super) fn run(context: &Context<'_>) -> anyhow::Result<ExitCode> {
    let answer = context.ask(&Command::SetupLink {})?;
    let Answer::Welcome(welcome) = &answer else {
        return Err(unexpected());
    };
    let drawn = io::stdout().is_terminal().then(|| square(&welcome.url)).flatten();
    let text = text(welcome, drawn.as_deref(), Language::of_environment());
    context.output.answer(&text, &answer)?;
    Ok(ExitCode::SUCCESS)
}

fn text(welcome: &Welcome, drawn: Option<&str>, language: Language) -> String {
    let Welcome { url, page, code, .. } = welcome;
    let (or, words) = match language {
        Language::English => (
            format!("or open {page} and type this code, which works for an hour:"),
            "The page must show these words:",
        ),
        Language::Chinese => {
            (format!("或打开 {page} 并输入设置码（一小时内有效）："), "页面上必须显示这些词：")
        }
    };
    let mut text = drawn.map(|drawn| format!("{drawn}\n")).unwrap_or_default();
    text.push_str(&format!("{url}\n\n{or}\n    {code}"));
    if let Some(spoken) = &welcome.words {
        text.push_str(&format!("\n{words}\n    {spoken}"));
    }
    if let Some(print) = &welcome.certificate {
        text.push_str(&format!("\nSHA-256:\n    {print}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::{Identity, SetupCode};
    use hearth_domain::time::Timestamp;

    #[test]
    fn link_code_and_words_are_said_in_both_languages() {
        let identity = Identity::new(b"key", b"certificate");
        let code = SetupCode::generate();
        let at = Timestamp::from_ms(1);
        let welcome = Welcome::new("https://10.0.0.1", &code, Some(&identity), at);
        for language in [Language::English, Language::Chinese] {
            let text = text(&welcome, Some("[square]\n"), language);
            let start = format!("[square]\n\nhttps://10.0.0.1/setup#code={code}&fp=");
            assert!(text.starts_with(&start), "{text}");
            assert!(text.contains(&format!("\n    {code}\n")), "{text}");
            assert!(text.contains(&identity.words().join(" ")), "{text}");
        }
        let plain = Welcome::new("http://localhost:8080", &code, None, at);
        let text = text(&plain, None, Language::English);
        assert!(text.starts_with("http://localhost:8080/setup#code="), "{text}");
        assert!(text.ends_with(&code.to_string()), "{text}");
    }
}
