//! What was mended, and what grows that should not.

use hearth_store::Check;
use hearth_wire::admin::{Finding, Severity};

use super::{Live, good, said, size, warning};

/// A larger write-ahead log than this is held by somebody: it is moved at 16 MiB.
const WAL_BYTES_MANY: u64 = 256 << 20;

pub(super) fn last_stop(live: &Live) -> Finding {
    let text = match live.database_check {
        Check::Clean => {
            return good("last-stop", "Hearth was stopped in good order.", "上次正常停止。");
        }
        Check::Running => said(
            "Hearth was not stopped in good order; its database is being checked.",
            "上次没有正常停止，正在检查数据库。",
        ),
        Check::Sound => said(
            "Hearth was not stopped in good order; its database was checked and is sound.",
            "上次没有正常停止；已检查数据库，数据完好。",
        ),
    };
    Finding::new("last-stop", Severity::Note, text)
}

pub(super) fn write_ahead_log(live: &Live) -> Finding {
    let bytes = size(live.wal_bytes);
    if live.wal_bytes <= WAL_BYTES_MANY {
        return good(
            "write-ahead-log",
            format!("What is written is moved into the database in time ({bytes} wait)."),
            format!("写入的内容会及时并入数据库（等待 {bytes}）。"),
        );
    }
    warning(
        "write-ahead-log",
        said(
            format!("{bytes} wait to be moved into the database: something holds it."),
            format!("有 {bytes} 等待并入数据库，可能有读取者占用。"),
        ),
        said(
            "If it stays so after a backup or an export has ended, restart Hearth.",
            "若备份或导出结束后仍如此，请重启 Hearth。",
        ),
    )
}

pub(super) fn search_was_mended() -> Finding {
    let text = said(
        "The search index was damaged; it was built anew and holds everything.",
        "搜索索引曾损坏，已重建并且完整。",
    );
    Finding::new("search", Severity::Note, text)
}
