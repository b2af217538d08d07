//! From an answer to what the page says of itself.

use hearth_domain::card::PageWords;

use super::{charset, head};

/// What an HTML page says in its head, if it is one. Open Graph comes before Twitter's cards, and
/// these before the page's own title and description.
pub(super) fn words(content_type: Option<&str>, body: &[u8]) -> Option<PageWords> {
    let content_type = content_type?;
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    let html = ["text/html", "application/xhtml+xml"];
    if !html.iter().any(|html| kind.eq_ignore_ascii_case(html)) {
        return None;
    }
    let text = charset::decode(head::bytes(body), content_type);
    let head = head::read(&text);
    let first = |names: &[&str]| names.iter().find_map(|name| head.meta(name));
    Some(PageWords {
        site: first(&["og:site_name"]).unwrap_or_default(),
        title: first(&["og:title", "twitter:title"]).unwrap_or_else(|| head.title()),
        description: first(&["og:description", "twitter:description", "description"])
            .unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests;
