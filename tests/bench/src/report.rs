//! What a figure came out as, for people and for programs, beside what it has to reach.

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::machine::Machine;

/// How many times as long something took as something else, to two digits.
pub(crate) fn times(of_ms: f64, than_ms: f64) -> f64 {
    (of_ms / than_ms * 100.0).round() / 100.0
}

/// What a field has to reach on two cores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Bar {
    AtLeast(f64),
    AtMost(f64),
}

impl Bar {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(bar) => value >= bar,
            Self::AtMost(bar) => value <= bar,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtLeast(bar) => format!(">= {}", readable(bar)),
            Self::AtMost(bar) => format!("<= {}", readable(bar)),
        }
    }
}

/// The bars of all figures: figure, field, bar.
const BARS: [(&str, &str, Bar); 39] = [
    ("appliance", "refused", Bar::AtMost(0.0)),
    ("appliance", "cuts", Bar::AtLeast(30.0)),
    ("appliance", "lost", Bar::AtMost(0.0)),
    ("appliance", "installed_bytes", Bar::AtMost(25e6)),
    ("appliance", "image_bytes", Bar::AtMost(80e6)),
    ("appliance", "ready_ms", Bar::AtMost(150.0)),
    ("appliance", "exposure", Bar::AtMost(1.2)),
    ("chat", "sends_per_s", Bar::AtLeast(10_000.0)),
    ("chat", "lost", Bar::AtMost(0.0)),
    ("chat", "duplicated", Bar::AtMost(0.0)),
    ("fanout", "deliveries_per_s", Bar::AtLeast(200_000.0)),
    ("fanout", "missed", Bar::AtMost(0.0)),
    ("upload", "mb_per_s", Bar::AtLeast(300.0)),
    ("upload", "rss_growth_bytes", Bar::AtMost(16_777_216.0)),
    ("upload", "send_p99_times", Bar::AtMost(2.0)),
    ("search", "p99_ms", Bar::AtMost(30.0)),
    ("search", "send_p99_times", Bar::AtMost(1.5)),
    ("latency", "p50_ms", Bar::AtMost(2.0)),
    ("latency", "p99_ms", Bar::AtMost(15.0)),
    ("latency", "missed", Bar::AtMost(0.0)),
    ("sockets", "held", Bar::AtLeast(18_000.0)),
    ("sockets", "rss_bytes", Bar::AtMost(360e6)),
    ("storm", "seconds", Bar::AtMost(3.0)),
    ("storm", "missed", Bar::AtMost(0.0)),
    ("storm", "duplicated", Bar::AtMost(0.0)),
    ("storm", "send_p99_ms", Bar::AtMost(100.0)),
    ("revoke", "last_closed_ms", Bar::AtMost(1_000.0)),
    ("revoke", "neighbours_closed", Bar::AtMost(0.0)),
    ("idle", "rss_bytes", Bar::AtMost(30e6)),
    ("idle", "ready_ms", Bar::AtMost(150.0)),
    ("fans", "changes_per_h", Bar::AtMost(40.0)),
    ("fans", "reversals_per_h", Bar::AtMost(9.0)),
    ("fans", "quieter_than_bios_dba", Bar::AtLeast(0.0)),
    ("fans", "time_over_limit_s", Bar::AtMost(0.0)),
    ("fans", "fault_over_limit_s", Bar::AtMost(0.0)),
    ("fans", "unsafe", Bar::AtMost(0.0)),
    ("fans", "safe_after_ms_max", Bar::AtMost(10_000.0)),
    ("durability", "lost", Bar::AtMost(0.0)),
    ("durability", "duplicated", Bar::AtMost(0.0)),
];

/// One measured figure.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    name: &'static str,
    settings: Value,
    fields: Map<String, Value>,
}

impl Report {
    /// A figure from its options and its fields.
    pub(crate) fn new(
        name: &'static str,
        settings: &impl Serialize,
        fields: &impl Serialize,
    ) -> Result<Self> {
        let fields = serde_json::to_value(fields)?.as_object().cloned();
        let fields = fields.context("a figure is a set of fields")?;
        Ok(Self { name, settings: serde_json::to_value(settings)?, fields })
    }

    /// Adds what holds for every figure of this run.
    pub(crate) fn set(&mut self, key: &str, value: impl Into<Value>) {
        if let Value::Object(settings) = &mut self.settings {
            settings.insert(key.to_owned(), value.into());
        }
    }

    fn bar(&self, field: &str) -> Option<Bar> {
        let bar = BARS.iter().find(|(figure, of, _)| *figure == self.name && *of == field);
        bar.map(|(.., bar)| *bar)
    }

    /// Each field with its value, what it has to reach, and whether it did. What has fields of its
    /// own is for programs only.
    fn rows(&self) -> impl Iterator<Item = [String; 4]> {
        self.fields.iter().filter(|(_, value)| !value.is_object()).map(|(field, value)| {
            let bar = self.bar(field);
            let met = bar.zip(value.as_f64()).map(|(bar, value)| bar.is_met(value));
            let met = met.map_or("", |met| if met { "yes" } else { "NO" });
            let shown = value.as_f64().map_or_else(|| value.to_string(), readable);
            [field.clone(), shown, bar.map(Bar::text).unwrap_or_default(), met.to_owned()]
        })
    }

    /// One object on one line.
    pub(crate) fn json(&self, machine: &Machine) -> String {
        let bars: Map<String, Value> = self
            .fields
            .iter()
            .filter_map(|(field, value)| {
                let bar = self.bar(field)?;
                let met = bar.is_met(value.as_f64()?);
                Some((field.clone(), json!({ "to_reach": bar.text(), "met": met })))
            })
            .collect();
        let mut all = Map::new();
        all.insert("figure".to_owned(), self.name.into());
        all.extend(self.fields.clone());
        all.insert("bars".to_owned(), bars.into());
        all.insert("settings".to_owned(), self.settings.clone());
        all.insert("machine".to_owned(), json!(machine));
        Value::Object(all).to_string()
    }

    /// A table for a terminal.
    pub(crate) fn table(&self) -> String {
        let mut text = format!("{} {}\n", self.name, self.settings);
        for [field, value, bar, met] in self.rows() {
            let line = format!("  {field:<24} {value:>16}  {bar:<14} {met}");
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// All figures as one Markdown table.
pub(crate) fn markdown(reports: &[Report], machine: &Machine) -> String {
    let mut text = format!(
        "{}, {} cores, {} memory, Linux {}\n\n| figure | field | measured | to reach | met |\n\
         |---|---|---|---|---|\n",
        machine.cpu,
        machine.cores,
        readable(machine.memory_bytes as f64),
        machine.kernel
    );
    for report in reports {
        for [field, value, bar, met] in report.rows() {
            let line = format!("| {} | {field} | {value} | {bar} | {met} |\n", report.name);
            text.push_str(&line);
        }
    }
    text
}

/// A number with thousands set apart and at most three decimals.
fn readable(value: f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut grouped = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let point = if decimals.is_empty() { "" } else { "." };
    format!("{sign}{grouped}{point}{decimals}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine() -> Machine {
        let (cpu, kernel) = ("A CPU".to_owned(), "6.1".to_owned());
        Machine { cpu, cores: 2, memory_bytes: 2_000_000_000, kernel }
    }

    fn chat(sends_per_s: f64, lost: u64) -> Report {
        let fields = json!({ "sends_per_s": sends_per_s, "lost": lost, "extra": 1 });
        Report::new("chat", &json!({ "seconds": 10 }), &fields).unwrap()
    }

    #[test]
    fn the_json_is_one_line_with_fields_bars_settings_and_machine() {
        let mut report = chat(12_345.5, 1);
        report.set("seed", 7);
        let line = report.json(&machine());
        assert!(!line.contains('\n'));
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["sends_per_s"], 12_345.5);
        assert_eq!(value["bars"]["sends_per_s"]["met"], true);
        assert_eq!(value["bars"]["lost"], json!({ "to_reach": "<= 0", "met": false }));
        assert_eq!(value["bars"].get("extra"), None);
        assert_eq!(value["settings"], json!({ "seconds": 10, "seed": 7 }));
        assert_eq!(value["machine"]["cores"], 2);
    }

    #[test]
    fn tables_show_what_was_missed() {
        let reports = [chat(9_999.9, 0)];
        let table = reports[0].table();
        assert!(table.contains("9,999.9") && table.contains(">= 10,000") && table.contains("NO"));
        let markdown = markdown(&reports, &machine());
        assert!(markdown.contains("| chat | sends_per_s | 9,999.9 | >= 10,000 | NO |"));
        assert!(markdown.contains("| chat | lost | 0 | <= 0 | yes |"));
    }

    #[test]
    fn numbers_are_readable() {
        assert_eq!(readable(0.0), "0");
        assert_eq!(readable(1_234_567.0), "1,234,567");
        assert_eq!(readable(-1_234.5), "-1,234.5");
        assert_eq!(readable(999.123_4), "999.123");
    }
}
