//! Every relative link in a Markdown file leads to a file or folder of the repository.

use std::collections::BTreeSet;

use super::File;

/// All files and all folders on the way to them.
fn places(files: &[File]) -> BTreeSet<&str> {
    let ancestors = |file: &'_ File| -> Vec<usize> {
        file.path.match_indices('/').map(|(at, _)| at).chain([file.path.len()]).collect()
    };
    files
        .iter()
        .flat_map(|file| ancestors(file).into_iter().map(|end| &file.path[..end]))
        .chain([""])
        .collect()
}

/// The targets in a document with their lines; code is not prose.
fn targets(text: &str) -> Vec<(usize, String)> {
    let mut fenced = false;
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let fence = line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~");
        fenced ^= fence;
        if fenced || fence {
            continue;
        }
        let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("code");
        for (opening, closing) in [("](", ')'), ("src=\"", '"'), ("href=\"", '"')] {
            for (at, _) in prose.match_indices(opening) {
                let rest = &prose[at + opening.len()..];
                found.extend(rest.split_once(closing).map(|(to, _)| (index + 1, to.to_owned())));
            }
        }
        if let Some((_, to)) = prose.strip_prefix('[').and_then(|rest| rest.split_once("]: ")) {
            found.push((index + 1, to.to_owned()));
        }
    }
    found
}

/// The path a target means, seen from `folder`; nothing if it climbs out of the repository.
fn resolve(folder: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = match target.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => folder.split('/').filter(|part| !part.is_empty()).collect(),
    };
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn check(file: &File, places: &BTreeSet<&str>) -> Vec<String> {
    if file.extension() != "md" {
        return Vec::new();
    }
    let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let broken = |(line, target): (usize, String)| {
        let path = target.split([' ', '#', '?']).next().unwrap_or_default();
        let elsewhere = path.is_empty() || path.contains(':');
        let leads =
            elsewhere || resolve(folder, path).is_some_and(|path| places.contains(path.as_str()));
        (!leads).then(|| format!("{}:{line}: `{target}` leads nowhere", file.path))
    };
    targets(file.text().unwrap_or_default()).into_iter().filter_map(broken).collect()
}

#[test]
fn links_lead_somewhere() {
    let files = super::files();
    let places = places(&files);
    let findings: Vec<String> = files.iter().flat_map(|file| check(file, &places)).collect();
    super::assert_none(&findings);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let files = [File::sample("docs/adr/0001.md", text), File::sample("README.md", "")];
        check(&files[0], &places(&files))
    }

    #[test]
    fn broken_links_are_found_with_their_line() {
        assert!(found("\n[a](0002.md)")[0].starts_with("docs/adr/0001.md:2:"));
        assert_eq!(found("[a](../../../README.md) ![b](b.png)").len(), 2);
        assert_eq!(found("<img src=\"x.png\">\n[r]: gone.md").len(), 2);
    }

    #[test]
    fn good_links_pass() {
        let text = "[a](../../README.md#top) [b](0001.md \"title\") [c](../adr/) [d](/README.md)\n\
                    [e](https://example.org) [f](#here) `[g](code)`\n```\n[h](fenced)\n```\n";
        assert_eq!(found(text), Vec::<String>::new());
    }
}
