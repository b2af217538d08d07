//! Every code has its own words, in both languages.

use std::collections::BTreeSet;

use hearth_domain::denied::Code;
use hearth_wire::problem::Problem;
use serde_json::Value;

use crate::schemas;

fn codes() -> Vec<Code> {
    let listed = schemas::all()["Code"]["enum"].as_array().unwrap().clone();
    listed.into_iter().map(|name: Value| serde_json::from_value(name).unwrap()).collect()
}

#[test]
fn every_code_speaks_both_languages() {
    assert!(codes().len() >= 28);
    for code in codes() {
        let Problem { title, hint, .. } = Problem::new(code);
        for sentence in [title, hint] {
            let (en, zh_cn) = (sentence.en.as_str(), sentence.zh_cn.as_str());
            assert!(en.ends_with('.') && en.is_ascii(), "{code:?}: {en}");
            assert!(zh_cn.ends_with('。'), "{code:?}: {zh_cn}");
            assert!(zh_cn.chars().any(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c)), "{code:?}");
        }
    }
}

#[test]
fn no_code_falls_back_to_another_ones_words() {
    let title = |code| Problem::new(code).title;
    let english: BTreeSet<String> = codes().into_iter().map(|code| title(code).en).collect();
    let chinese: BTreeSet<String> = codes().into_iter().map(|code| title(code).zh_cn).collect();
    assert_eq!(english.len(), codes().len());
    assert_eq!(chinese.len(), codes().len());
    let fallback = Problem::new(Code::BadRequest);
    assert!(!codes().into_iter().any(|c| c != Code::BadRequest && title(c) == fallback.title));
}

#[test]
fn a_problem_is_of_the_standards_form() {
    for code in codes() {
        let json = serde_json::to_value(Problem::new(code)).unwrap();
        let name = json["code"].as_str().unwrap();
        assert_eq!(json["type"], format!("urn:hearth:problem:{name}"));
        assert!((400..600).contains(&json["status"].as_u64().unwrap()), "{name}");
        assert_eq!(serde_json::from_value::<Problem>(json).unwrap(), Problem::new(code));
    }
}
