//! docs/protocol.md carries a hash of the code it describes, so that neither changes alone.
//!
//! `make bless` rewrites the hash. Do that after reading the document again, not before.

use super::File;

const DOCUMENT: &str = "docs/protocol.md";
const OPENING: &str = "<!-- crates/wire: ";
const CLOSING: &str = " -->";

fn is_described(file: &File) -> bool {
    let wire = file.path.starts_with("crates/wire/src/");
    let domain = ["event", "model", "limits"]
        .iter()
        .any(|module| file.within(&format!("crates/domain/src/{module}")));
    file.extension() == "rs" && (wire || domain)
}

/// BLAKE3 over path, length and content of every described file, in the order of their paths.
fn hash(files: &[File]) -> String {
    let mut described: Vec<&File> = files.iter().filter(|file| is_described(file)).collect();
    described.sort_by(|a, b| a.path.cmp(&b.path));
    let mut hasher = blake3::Hasher::new();
    for file in described {
        hasher.update(file.path.as_bytes());
        hasher.update(&[0]);
        hasher.update(&(file.bytes.len() as u64).to_le_bytes());
        hasher.update(&file.bytes);
    }
    hasher.finalize().to_hex().to_string()
}

/// The hash the document carries.
fn carried(document: &str) -> Option<&str> {
    document.lines().find_map(|line| line.strip_prefix(OPENING)?.strip_suffix(CLOSING))
}

fn blessed(document: &str, hash: &str) -> String {
    let line = format!("{OPENING}{hash}{CLOSING}");
    match carried(document) {
        Some(old) => document.replacen(&format!("{OPENING}{old}{CLOSING}"), &line, 1),
        None => format!("{}\n\n{line}\n", document.trim_end()),
    }
}

#[test]
fn protocol_document_is_current() {
    let files = super::files();
    let document = files.iter().find(|file| file.path == DOCUMENT).and_then(File::text);
    let document = document.expect("docs/protocol.md must exist");
    let hash = hash(&files);
    if std::env::var_os("HEARTH_BLESS").is_some() {
        let path = super::root().join(DOCUMENT);
        std::fs::write(path, blessed(document, &hash)).expect("docs/protocol.md must be writable");
        return;
    }
    assert_eq!(
        carried(document),
        Some(hash.as_str()),
        "the wire changed: bring {DOCUMENT} up to date, then put this line into it (`make bless`):\n\
         {OPENING}{hash}{CLOSING}\n"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_described_change_changes_the_hash() {
        let one = |path, text| hash(&[File::sample(path, text)]);
        let none = hash(&[]);
        for path in ["crates/wire/src/frame/post.rs", "crates/domain/src/limits.rs"] {
            assert_ne!(one(path, "a"), none);
            assert_ne!(one(path, "a"), one(path, "b"));
        }
        assert_ne!(one("crates/domain/src/event/kind.rs", "a"), none);
        assert_eq!(one("crates/domain/src/decide.rs", "a"), none);
        assert_eq!(one("crates/wire/tests/golden/a.rs", "a"), none);
    }

    #[test]
    fn order_of_files_does_not_matter() {
        let file = |path| File::sample(path, "x");
        let (a, b) = ("crates/wire/src/a.rs", "crates/wire/src/b.rs");
        assert_eq!(hash(&[file(a), file(b)]), hash(&[file(b), file(a)]));
    }

    #[test]
    fn blessing_replaces_or_appends_the_line() {
        let old = "# Protocol\n\n<!-- crates/wire: 00 -->\n\nText\n";
        assert_eq!(carried(old), Some("00"));
        assert_eq!(blessed(old, "11"), old.replace("00", "11"));
        assert_eq!(carried("# Protocol\n"), None);
        assert_eq!(carried(&blessed("# Protocol\n", "22")), Some("22"));
    }
}
