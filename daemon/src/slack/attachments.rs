//! Slack's older "attachments" as Markdown: a quotation with a coloured mark, a title, fields.

use serde_json::Value;

use super::blocks::{is_followable, one_line, quoted, raw, to_parts};
use super::mrkdwn::{escaped, link, to_markdown};

/// The Markdown of one attachment; empty if it shows nothing.
pub(super) fn to_markdown_part(attachment: &Value) -> String {
    let mut inside: Vec<String> = Vec::new();
    let mark = mark(&raw(&attachment["color"]));
    let author = named_link(&attachment["author_name"], &attachment["author_link"]);
    let title = named_link(&attachment["title"], &attachment["title_link"]);
    let title = if title.is_empty() { title } else { format!("**{title}**") };
    let text = to_markdown(&raw(&attachment["text"]));
    inside.extend([author, title, text]);
    let fields = attachment["fields"].as_array().map(Vec::as_slice).unwrap_or_default();
    inside.extend(fields.iter().map(field));
    if let Some(blocks) = attachment["blocks"].as_array() {
        inside.push(to_parts(blocks).join("\n\n"));
    }
    for picture in ["image_url", "thumb_url"] {
        let url = raw(&attachment[picture]);
        if is_followable(&url) {
            inside.push(link("🖼️", &url));
        }
    }
    let buttons = attachment["actions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let buttons = buttons.iter().filter(|button| button["url"].is_string());
    inside.extend(buttons.map(|button| link(&raw(&button["text"]), &raw(&button["url"]))));
    inside.retain(|part| !part.trim().is_empty());
    let pretext = to_markdown(&raw(&attachment["pretext"]));
    if inside.is_empty() && pretext.is_empty() {
        inside.push(escaped(&raw(&attachment["fallback"])));
        inside.retain(|part| !part.trim().is_empty());
    }
    let footer = one_line(&escaped(&raw(&attachment["footer"])));
    if !footer.is_empty() {
        inside.push(format!("_{footer}_"));
    }
    if let (Some(first), false) = (inside.first_mut(), mark.is_empty()) {
        *first = format!("{mark} {first}");
    }
    let parts = [pretext, quoted(&inside.join("\n"))];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

fn field(field: &Value) -> String {
    let title = one_line(&escaped(&raw(&field["title"])));
    let value = to_markdown(&raw(&field["value"]));
    match (title.is_empty(), value.is_empty()) {
        (true, _) => value,
        (false, true) => format!("**{title}**"),
        (false, false) => format!("**{title}**: {value}"),
    }
}

fn named_link(name: &Value, url: &Value) -> String {
    let (name, url) = (raw(name), raw(url));
    if name.trim().is_empty() {
        return String::new();
    }
    if is_followable(&url) { link(&name, &url) } else { one_line(&to_markdown(&name)) }
}

/// The bar's colour as a mark that needs no style: by hue, grey where there is none.
fn mark(color: &str) -> &'static str {
    match color {
        "" => return "",
        "good" => return "🟢",
        "warning" => return "🟡",
        "danger" => return "🔴",
        _ => {}
    }
    let digits = color.trim_start_matches('#');
    let number = u32::from_str_radix(digits, 16).ok().filter(|_| digits.len() == 6);
    let Some(number) = number else { return "" };
    let [_, red, green, blue] = number.to_be_bytes().map(i32::from);
    let (low, high) = (red.min(green).min(blue), red.max(green).max(blue));
    let spread = high - low;
    if spread < 40 {
        return if high > 127 { "⚪" } else { "⚫" };
    }
    let hue = if high == red {
        (60 * (green - blue) / spread).rem_euclid(360)
    } else if high == green {
        120 + 60 * (blue - red) / spread
    } else {
        240 + 60 * (red - green) / spread
    };
    match hue {
        0..20 | 340..=360 => "🔴",
        20..45 => "🟠",
        45..70 => "🟡",
        70..170 => "🟢",
        170..260 => "🔵",
        _ => "🟣",
    }
}

#[cfg(test)]
mod tests {
    use super::mark;

    #[test]
    fn colours_become_marks() {
        for (color, expected) in [
            ("good", "🟢"),
            ("#36a64f", "🟢"),
            ("#ff0000", "🔴"),
            ("e01e5a", "🔴"),
            ("#ecb22e", "🟠"),
            ("#ffff00", "🟡"),
            ("#439FE0", "🔵"),
            ("#764FA5", "🟣"),
            ("#ffffff", "⚪"),
            ("#000000", "⚫"),
            ("#777", ""),
            ("javascript", ""),
            ("", ""),
        ] {
            assert_eq!(mark(color), expected, "{color}");
        }
    }
}
