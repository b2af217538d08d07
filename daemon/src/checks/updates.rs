//! How the last update ended, and whether there is a newer version. Root's side wrote it into a file, so
//! this is known whether Hearth runs or not.

use hearth_wire::admin::{Finding, Severity};

use super::{bad, good, said, warning};
use crate::config::Config;
use crate::update::office::Updates;
use crate::update::{Ended, Outcome};

pub(super) fn of(config: &Config) -> Option<Finding> {
    let updates = Updates::new(&config.data.dir, config.update.folder.as_deref());
    if !updates.is_possible() {
        return None;
    }
    let state = match updates.state() {
        Ok(state) => state,
        Err(error) => {
            return Some(warning(
                "update",
                said(
                    format!("How the last update ended can't be read ({error})."),
                    format!("无法读取上次更新的结果（{error}）。"),
                ),
                said(
                    "See the log of hearth-update.service.",
                    "请查看 hearth-update.service 的日志。",
                ),
            ));
        }
    };
    if let Some(ended) = &state.last
        && let Some(finding) = of_end(ended)
    {
        return Some(finding);
    }
    Some(match state.candidate {
        Some(version) => Finding::new(
            "update",
            Severity::Note,
            said(
                format!("Hearth {version} can be installed."),
                format!("可以安装 Hearth {version}。"),
            ),
        )
        .with_remedy(said(
            "Install it on the page Updates, or with `hearth update apply`.",
            "请在“更新”页面安装，或运行 `hearth update apply`。",
        )),
        None => good("update", "No newer version is known.", "没有发现新版本。"),
    })
}

fn of_end(ended: &Ended) -> Option<Finding> {
    let (from, to) = (&ended.from, &ended.to);
    match ended.outcome {
        Outcome::Done | Outcome::GivenUp => None,
        Outcome::WentBack => Some(warning(
            "update",
            said(
                format!("Hearth {to} did not work here, so {from} was put back. Nothing was lost."),
                format!("Hearth {to} 无法正常运行，已恢复 {from}，没有丢失任何内容。"),
            ),
            said(
                "The reason is on the page Updates. Try again with the next version.",
                "原因见“更新”页面。请等下一个版本再试。",
            ),
        )),
        Outcome::Failed => Some(bad(
            "update",
            said(
                format!("The update from {from} to {to} failed, and so did the way back."),
                format!("从 {from} 更新到 {to} 失败，恢复也失败了。"),
            ),
            said(
                "See `journalctl -u hearth-update -u hearthd`, and docs/operator.md, Upgrades.",
                "请查看 `journalctl -u hearth-update -u hearthd` 和 docs/operator.md 的 Upgrades 一节。",
            ),
        )),
    }
}
