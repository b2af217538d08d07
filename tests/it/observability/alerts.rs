//! The alert rules: what promtool says of them, and that each has its page and its tests.

use std::collections::BTreeMap;
use std::fs;

use super::{packaged, promtool, text};

/// Where the package puts the runbooks.
const INSTALLED: &str = "file:///usr/share/hearth/runbooks/";

/// The alerts with the file names of their runbooks, as the rules name them.
pub(super) fn runbooks() -> BTreeMap<String, String> {
    let rules = fs::read_to_string(packaged("prometheus/hearth.rules.yml")).expect("the rules");
    let mut found = BTreeMap::new();
    for rule in rules.split("- alert: ").skip(1) {
        let name = rule.lines().next().expect("a name").to_owned();
        let url = rule.split_once("runbook_url: ").expect("a runbook").1;
        let page = url.lines().next().and_then(|url| url.strip_prefix(INSTALLED)).expect("a page");
        assert!(found.insert(name.clone(), page.to_owned()).is_none(), "{name} twice");
    }
    found
}

#[test]
fn promtool_takes_the_rules_and_each_alert_does_what_its_tests_say() {
    let checked = promtool(&["check", "rules", "hearth.rules.yml"], "");
    assert!(checked.status.success(), "{}", text(&checked));
    let mut tests = String::new();
    for entry in fs::read_dir(packaged("prometheus/tests")).expect("there are tests") {
        let path = entry.expect("a test").path();
        let ran = promtool(&["test", "rules", path.to_str().expect("UTF-8")], "");
        assert!(ran.status.success(), "{}", text(&ran));
        tests.push_str(&fs::read_to_string(path).expect("read a test"));
    }
    for alert in runbooks().keys() {
        for kind in ["raised", "quiet"] {
            assert!(tests.contains(&format!("name: {alert}, {kind}\n")), "{alert}, {kind}");
        }
    }
}

#[test]
fn each_alert_has_a_page_in_both_languages() {
    let folder = packaged("../docs/runbooks");
    let runbooks = runbooks();
    let index = fs::read_to_string(folder.join("README.md")).expect("the list of runbooks");
    for (alert, page) in &runbooks {
        let text = fs::read_to_string(folder.join(page)).unwrap_or_else(|e| panic!("{page}: {e}"));
        assert!(text.starts_with(&format!("# {alert}\n")), "{page}");
        let (english, chinese) = text.split_once("\n## 中文\n").expect("both languages");
        for half in [english, chinese] {
            assert!(half.contains("\n1. "), "{page} says what to do");
        }
        assert!(index.contains(&format!("[{alert}]({page})")), "{alert} in the list");
    }
    let pages = fs::read_dir(folder).expect("there are runbooks").count();
    assert_eq!(pages, runbooks.len() + 1, "a page for each alert, and the list");
}

#[test]
fn the_ids_that_runbooks_look_for_are_in_the_catalogue() {
    let catalog = fs::read_to_string(packaged("catalog/hearth.catalog")).expect("the catalogue");
    let mut looked_for = 0;
    for page in runbooks().values() {
        let text = fs::read_to_string(packaged("../docs/runbooks").join(page)).expect("a page");
        for (at, field) in text.match_indices("MESSAGE_ID=") {
            let id = &text[at + field.len()..][..32];
            assert!(catalog.contains(&format!("\n-- {id}\n")), "{page}: {id}");
            looked_for += 1;
        }
    }
    assert!(looked_for > 5, "{looked_for}");
}
