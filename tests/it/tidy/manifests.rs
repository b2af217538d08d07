//! Packages are named after their folder, take the workspace's lints, and depend downwards only;
//! libraries document what they show.

use super::File;

/// Which packages of the workspace a package may use, as in docs/architecture.md. Other programs and
/// tests are not listed: they may use anything below them.
const MAY_USE: [(&str, &[&str]); 4] = [
    ("hearth-domain", &[]),
    ("hearth-wire", &["hearth-domain"]),
    ("hearth-store", &["hearth-domain"]),
    ("hearth-hwctl", &[]),
];

fn check(file: &File) -> Vec<String> {
    let Some(folder) =
        file.path.strip_suffix("/Cargo.toml").filter(|_| file.name() == "Cargo.toml")
    else {
        return Vec::new();
    };
    let manifest: toml::Table = match file.text().unwrap_or_default().parse() {
        Ok(manifest) => manifest,
        Err(error) => return vec![format!("{}: {error}", file.path)],
    };
    let mut findings = Vec::new();
    let expected = format!("hearth-{}", folder.rsplit('/').next().unwrap_or(folder));
    let name = manifest.get("package").and_then(|package| package.get("name")?.as_str());
    if name != Some(&expected) {
        findings.push(format!("{}: named {name:?}, must be `{expected}`", file.path));
    }
    let lints = manifest.get("lints").and_then(|lints| lints.get("workspace")?.as_bool());
    if lints != Some(true) {
        findings.push(format!("{}: lacks `[lints] workspace = true`", file.path));
    }
    let allowed = MAY_USE.iter().find(|(package, _)| *package == expected).map(|(_, may)| *may);
    let used = manifest.get("dependencies").and_then(toml::Value::as_table);
    if let (Some(allowed), Some(used)) = (allowed, used) {
        let ours = used.keys().filter(|used| used.starts_with("hearth-"));
        findings.extend(
            ours.filter(|used| !allowed.contains(&used.as_str()))
                .map(|used| format!("{}: may not depend on `{used}`", file.path)),
        );
    }
    findings
}

/// The lint cannot stand in `[workspace.lints]`, because programs and tests show nothing.
fn check_docs(file: &File) -> Option<String> {
    let library = file.within("crates") || file.within("hwctl");
    let library = library && file.path.ends_with("/src/lib.rs");
    let told = file.text().unwrap_or_default().contains("#![warn(missing_docs)]");
    (library && !told).then(|| format!("{}: lacks `#![warn(missing_docs)]`", file.path))
}

#[test]
fn packages_are_in_order() {
    let files = super::files();
    let mut findings: Vec<String> = files.iter().flat_map(check).collect();
    findings.extend(files.iter().filter_map(check_docs));
    super::assert_none(&findings);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, package: &str, rest: &str) -> usize {
        let text = format!("[package]\nname = \"{package}\"\n{rest}");
        check(&File::sample(path, &text)).len()
    }

    const LINTS: &str = "[lints]\nworkspace = true\n";

    #[test]
    fn disorder_is_found() {
        assert_eq!(found("crates/wire/Cargo.toml", "wire", LINTS), 1);
        assert_eq!(found("crates/wire/Cargo.toml", "hearth-wire", ""), 1);
        assert_eq!(found("crates/wire/Cargo.toml", "hearth-wire", "]"), 1);
        let upwards = format!("[dependencies]\nhearth-wire.workspace = true\n{LINTS}");
        assert_eq!(found("crates/store/Cargo.toml", "hearth-store", &upwards), 1);
        assert_eq!(found("hwctl/Cargo.toml", "hearth-hwctl", &upwards), 1);
    }

    #[test]
    fn undocumented_libraries_are_found() {
        let found = |path, text| check_docs(&File::sample(path, text)).is_some();
        assert!(found("crates/wire/src/lib.rs", "//! Frames."));
        assert!(found("hwctl/src/lib.rs", "//! Fans."));
        assert!(!found("crates/wire/src/lib.rs", "//! Frames.\n#![warn(missing_docs)]"));
        assert!(!found("daemon/src/lib.rs", "//! The daemon."));
    }

    #[test]
    fn order_passes() {
        let downwards = format!("[dependencies]\nhearth-domain.workspace = true\n{LINTS}");
        assert_eq!(found("crates/wire/Cargo.toml", "hearth-wire", &downwards), 0);
        assert_eq!(found("tests/bench/Cargo.toml", "hearth-bench", &downwards), 0);
    }
}
