//! Block Kit as Markdown. A kind that is not known here is left out; a button that leads somewhere
//! becomes a link.

use serde_json::Value;

use super::mrkdwn::{escaped, followable, link, plain, to_markdown};

/// The Markdown of blocks, one part for each that shows something.
pub(super) fn to_parts(blocks: &[Value]) -> Vec<String> {
    blocks.iter().map(block).filter(|part| !part.trim().is_empty()).collect()
}

fn block(block: &Value) -> String {
    match kind(block) {
        "header" => match object(&block["text"]) {
            text if text.is_empty() => text,
            text => format!("### {}", one_line(&text)),
        },
        "section" => section(block),
        "divider" => "---".to_owned(),
        "context" => joined(&block["elements"], " · ", element),
        "actions" => joined(&block["elements"], " · ", element),
        "image" => image(block),
        "video" => link(&raw(&block["title"]["text"]), &raw(&block["title_url"])),
        "rich_text" => joined(&block["elements"], "\n", rich_part),
        // Slack's own block for text that is Markdown already.
        "markdown" => raw(&block["text"]),
        _ => String::new(),
    }
}

fn section(block: &Value) -> String {
    let fields = joined(&block["fields"], "\n", object);
    let parts = [object(&block["text"]), fields, element(&block["accessory"])];
    let shown: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    shown.join("\n")
}

/// A text object: mrkdwn or plain.
fn object(text: &Value) -> String {
    match text {
        Value::String(text) => to_markdown(text),
        _ if kind(text) == "plain_text" => plain(&raw(&text["text"])),
        _ => to_markdown(&raw(&text["text"])),
    }
}

fn element(element: &Value) -> String {
    match kind(element) {
        "image" => image(element),
        "button" => match raw(&element["url"]) {
            url if url.is_empty() => String::new(),
            url => link(&raw(&element["text"]["text"]), &url),
        },
        "mrkdwn" | "plain_text" => one_line(&object(element)),
        _ => String::new(),
    }
}

/// A picture of elsewhere is a link: nobody's browser is made to fetch it.
pub(super) fn image(image: &Value) -> String {
    let title = raw(&image["title"]["text"]);
    let label = if title.is_empty() { raw(&image["alt_text"]) } else { title };
    let label = if label.is_empty() { "🖼️".to_owned() } else { format!("🖼️ {label}") };
    link(&label, &raw(&image["image_url"]))
}

fn rich_part(part: &Value) -> String {
    let inline = || joined(&part["elements"], "", rich_inline);
    match kind(part) {
        "rich_text_section" => inline(),
        "rich_text_preformatted" => {
            let code = joined(&part["elements"], "", |inner| raw(&inner["text"]));
            format!("```\n{}\n```", code.replace("```", "'''"))
        }
        "rich_text_quote" => quoted(&inline()),
        "rich_text_list" => rich_list(part),
        _ => String::new(),
    }
}

fn rich_list(list: &Value) -> String {
    let ordered = list["style"] == "ordered";
    let indent =
        "  ".repeat(usize::try_from(list["indent"].as_u64().unwrap_or(0).min(8)).unwrap_or(0));
    let items = list["elements"].as_array().map(Vec::as_slice).unwrap_or_default();
    let lines = items.iter().enumerate().map(|(at, item)| {
        let bullet = if ordered { format!("{}.", at + 1) } else { "-".to_owned() };
        format!("{indent}{bullet} {}", one_line(&rich_part(item)))
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn rich_inline(inline: &Value) -> String {
    let text = raw(&inline["text"]);
    match kind(inline) {
        "text" => styled(&text, &inline["style"]),
        "link" => link(if text.is_empty() { "" } else { &text }, &raw(&inline["url"])),
        "emoji" => {
            let name = raw(&inline["name"]);
            super::emoji::named(&name).map_or_else(|| format!(":{name}:"), str::to_owned)
        }
        "user" => format!("@{}", raw(&inline["user_id"])),
        "channel" => format!("#{}", raw(&inline["channel_id"])),
        "broadcast" if inline["range"] == "here" => "@here".to_owned(),
        "broadcast" => "@channel".to_owned(),
        _ => escaped(&text),
    }
}

/// Markers stand at the words, because Markdown wants no space inside of them.
fn styled(text: &str, style: &Value) -> String {
    let on = |name: &str| style[name] == true;
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return text.to_owned();
    }
    let mut shown =
        if on("code") { format!("`{}`", trimmed.replace('`', "'")) } else { escaped(trimmed) };
    for (name, marker) in [("bold", "**"), ("italic", "_"), ("strike", "~~")] {
        if on(name) {
            shown = format!("{marker}{shown}{marker}");
        }
    }
    let start = &text[..text.len() - text.trim_start().len()];
    let end = &text[text.trim_end().len()..];
    format!("{start}{shown}{end}")
}

/// Every line as a quotation.
pub(super) fn quoted(text: &str) -> String {
    text.trim_end().lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n")
}

pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn joined(elements: &Value, between: &str, shown: fn(&Value) -> String) -> String {
    let elements = elements.as_array().map(Vec::as_slice).unwrap_or_default();
    let shown = elements.iter().map(shown).filter(|text| !text.is_empty());
    shown.collect::<Vec<_>>().join(between)
}

fn kind(value: &Value) -> &str {
    value["type"].as_str().unwrap_or_default()
}

/// A text, or what a tool meant to be one: numbers and truth values as they are written.
pub(super) fn raw(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        _ => String::new(),
    }
}

/// Whether a URL could be followed, for those who only ask.
pub(super) fn is_followable(url: &str) -> bool {
    followable(url).is_some()
}
