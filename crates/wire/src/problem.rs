//! Errors as the client gets them (RFC 9457), for people in both languages and for programs by code.

use hearth_domain::denied::Code;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An error body, `application/problem+json`; in a frame, the same object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `urn:hearth:problem:<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: Code,
    /// One sentence for the person.
    pub title: Sentence,
    /// What they can do about it.
    pub hint: Sentence,
    /// Which part of the request, if one is to blame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// When trying again makes sense, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
}

/// A sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Sentence {
    /// English.
    pub en: String,
    /// Simplified Chinese.
    #[serde(rename = "zh-CN")]
    pub zh_cn: String,
}

impl Sentence {
    /// The two of them.
    #[must_use]
    pub fn new(en: impl Into<String>, zh_cn: impl Into<String>) -> Self {
        Self { en: en.into(), zh_cn: zh_cn.into() }
    }
}

impl Problem {
    /// The problem for a code, with its sentences.
    #[must_use]
    pub fn new(code: Code) -> Self {
        let (status, title, hint) = words(code);
        let sentence = |(en, zh_cn): (&str, &str)| Sentence { en: en.into(), zh_cn: zh_cn.into() };
        // A code serialises to a plain string; its name is the last part of the type.
        let name = serde_json::to_value(code).ok().and_then(|v| v.as_str().map(str::to_owned));
        Self {
            kind: format!("urn:hearth:problem:{}", name.unwrap_or_default()),
            status,
            code,
            title: sentence(title),
            hint: sentence(hint),
            detail: None,
            retry_after_s: None,
        }
    }
}

type Words = (u16, (&'static str, &'static str), (&'static str, &'static str));

const AGAIN: (&str, &str) = ("Try again.", "请再试一次。");
const ASK_ADMIN: (&str, &str) = ("Ask an admin of your office.", "请联系办公室的管理员。");
const RELOAD: (&str, &str) = ("Reload the page.", "请刷新页面。");

fn words(code: Code) -> Words {
    let known = sign_in_words(code).or_else(|| rule_words(code)).or_else(|| box_words(code));
    known.unwrap_or_else(|| request_words(code))
}

fn sign_in_words(code: Code) -> Option<Words> {
    Some(match code {
        Code::SignInNeeded => {
            (401, ("You are not signed in.", "你还没有登录。"), ("Sign in again.", "请重新登录。"))
        }
        Code::WrongCredentials => (
            401,
            ("The name or the password is wrong.", "用户名或密码不对。"),
            ("Check both and try again.", "请检查后再试。"),
        ),
        Code::CommonPassword => (
            422,
            (
                "Many people use this password, so it is tried first.",
                "很多人都在用这个密码，容易被猜中。",
            ),
            ("Choose another one; a sentence is easy to remember.", "请换一个，一句话最好记。"),
        ),
        Code::AccountDisabled => {
            (403, ("This account is switched off.", "这个账号已停用。"), ASK_ADMIN)
        }
        Code::InviteInvalid => (
            410,
            ("This invitation no longer works.", "这个邀请已经失效。"),
            ("Ask for a new link.", "请索取新的链接。"),
        ),
        Code::ResetInvalid => (
            410,
            ("This link to a new password no longer works.", "这个重设密码的链接已经失效。"),
            ("Ask an admin of your office for another one.", "请向管理员索取新的链接。"),
        ),
        Code::SetupCodeInvalid => (
            403,
            (
                "The setup code does not fit, is older than an hour, or was wrong five times.",
                "设置码不正确、已超过一小时，或已输错五次。",
            ),
            (
                "Compare it with the box's screen. For a new one restart the box, or run hearth setup-link there.",
                "请与服务器屏幕上的核对。需要新的设置码，请重启服务器，或在上面运行 hearth setup-link。",
            ),
        ),
        Code::AlreadySetUp => (
            409,
            ("This office already has an owner.", "这个办公室已经有所有者了。"),
            ("Sign in instead.", "请直接登录。"),
        ),
        Code::SetupNeeded => (
            409,
            ("This office is not set up yet.", "这个办公室还没有设置好。"),
            (
                "Open the link that Hearth printed when it started.",
                "请打开 Hearth 启动时显示的链接。",
            ),
        ),
        Code::TooManyAttempts => (
            429,
            ("Too many attempts.", "尝试次数太多。"),
            ("Wait a moment, then try again.", "请稍等片刻再试。"),
        ),
        _ => return None,
    })
}

fn rule_words(code: Code) -> Option<Words> {
    Some(match code {
        Code::Forbidden => (403, ("You may not do this.", "你没有权限这样做。"), ASK_ADMIN),
        Code::NotFound => (
            404,
            ("This does not exist, or is not for you.", "它不存在，或者你无权查看。"),
            ("Check the link.", "请检查链接。"),
        ),
        Code::HandleTaken => (
            409,
            ("Somebody already has this name.", "这个用户名已有人使用。"),
            ("Choose another one.", "请换一个。"),
        ),
        Code::NameTaken => (
            409,
            ("A channel with this name exists.", "已有同名频道。"),
            ("Choose another name.", "请换一个名字。"),
        ),
        Code::NonceReused => (
            409,
            ("This send was already used for another text.", "这次发送的编号已用于别的内容。"),
            AGAIN,
        ),
        Code::ChannelArchived => (
            409,
            ("This channel is archived.", "这个频道已归档。"),
            ("It can be read, but not changed.", "可以查看，但不能更改。"),
        ),
        Code::DirectIsFixed => (
            409,
            ("A direct conversation keeps its people.", "私聊的成员不能更改。"),
            ("Open a new conversation.", "请新建一个会话。"),
        ),
        Code::LastOwner => (
            409,
            ("The office needs an owner.", "办公室需要一位所有者。"),
            ("Make somebody else an owner first.", "请先指定另一位所有者。"),
        ),
        Code::LastManager => (
            409,
            ("You are the last who runs this channel.", "这个频道只剩这一位管理者。"),
            ("Make somebody else a manager first.", "请先指定另一位管理者。"),
        ),
        Code::ChannelIsRun => (
            409,
            ("Somebody runs this channel.", "这个频道已有管理者。"),
            ("Ask them, or load the page again.", "请联系对方，或刷新页面。"),
        ),
        Code::RevealsHistory => (
            409,
            (
                "Everything that was written in this channel would be visible to every member.",
                "这个频道的全部历史消息将对所有成员可见。",
            ),
            ("Confirm that this is wanted.", "请确认确实需要公开。"),
        ),
        Code::MessageDeleted => (409, ("This message was deleted.", "这条消息已被删除。"), RELOAD),
        Code::NotARoot => (
            409,
            ("This message is itself a reply.", "这条消息本身就是回复。"),
            ("Reply in its thread.", "请在它所在的话题里回复。"),
        ),
        Code::LimitReached => (
            409,
            ("There are too many already.", "数量已达上限。"),
            ("Remove one first.", "请先移除一个。"),
        ),
        _ => return None,
    })
}

fn box_words(code: Code) -> Option<Words> {
    Some(match code {
        Code::FileDamaged => (
            410,
            ("This file is damaged on the box's disk.", "这个文件在服务器磁盘上已损坏。"),
            ("Ask whoever shared it to share it again.", "请让分享者重新上传。"),
        ),
        Code::MachineAbsent => (
            503,
            (
                "hearth-hwctl, which looks after the machine, does not answer.",
                "负责管理机器的 hearth-hwctl 没有响应。",
            ),
            (
                "See on the box whether it runs: hearth fan status.",
                "请在服务器上运行 hearth fan status 查看。",
            ),
        ),
        Code::NoUpdater => (
            409,
            ("Nothing on this box can install updates.", "这台服务器无法自动安装更新。"),
            (
                "Install Hearth from its package, or update it as it was installed.",
                "请用软件包安装 Hearth，或按原来的安装方式更新。",
            ),
        ),
        Code::MachineRefused => (
            409,
            ("hearth-hwctl refused that.", "hearth-hwctl 拒绝了这个请求。"),
            (
                "Wait a minute; the page of the machine says what it does now.",
                "请稍等一分钟，机器页面会显示它正在做什么。",
            ),
        ),
        _ => return None,
    })
}

fn request_words(code: Code) -> Words {
    match code {
        Code::BadText => (
            422,
            ("This text can't be used.", "这段文字无法使用。"),
            ("Make it shorter, or remove unusual characters.", "请缩短或去掉特殊字符。"),
        ),
        Code::TooLarge => {
            (413, ("This is too large.", "内容太大。"), ("Send it in parts.", "请分几次发送。"))
        }
        Code::TooSlow => (
            408,
            ("The request came too slowly.", "请求传来得太慢。"),
            ("Check the connection, then try again.", "请检查网络后重试。"),
        ),
        Code::FileTooLarge => (
            413,
            ("This file is larger than your office allows.", "文件超过了办公室允许的大小。"),
            ("Make it smaller, or ask an admin.", "请压缩后再试，或联系管理员。"),
        ),
        Code::WrongOffset => (
            409,
            ("This upload went on elsewhere.", "这次上传已在别处继续。"),
            ("Ask how far it is, and go on from there.", "请查询进度后从该处继续。"),
        ),
        Code::RangeNotThere => (
            416,
            ("The file has no such part.", "文件没有这一部分。"),
            ("Open the whole file.", "请打开整个文件。"),
        ),
        Code::CrossSite => {
            (403, ("The request came from another site.", "请求来自其他网站。"), RELOAD)
        }
        Code::UnknownHost => (
            421,
            ("This box does not answer to that name.", "这台机器不认识这个主机名。"),
            ("Use the address that your admin gave you.", "请使用管理员提供的地址。"),
        ),
        Code::MethodNotAllowed => {
            (405, ("That is not possible here.", "这里不支持该操作。"), RELOAD)
        }
        Code::Unavailable => (
            503,
            ("Hearth can't do this at the moment.", "Hearth 暂时无法完成。"),
            ("Wait a moment, then try again.", "请稍等片刻再试。"),
        ),
        Code::NoAnswer => (
            502,
            ("The program behind this did not answer.", "背后的程序没有正常应答。"),
            ("Try again; if it stays, tell an admin.", "请重试；如果仍然如此，请告诉管理员。"),
        ),
        Code::DiskFull => (
            507,
            ("The disk is full, so nothing was saved.", "磁盘已满，没有保存任何内容。"),
            ("Tell an admin to free some space.", "请管理员清理磁盘空间。"),
        ),
        Code::NoRoomForBackup => (
            507,
            ("There is too little room for a backup.", "磁盘空间不足，无法备份。"),
            ("Free some space, or delete an old backup.", "请清理磁盘，或删除旧的备份。"),
        ),
        Code::Internal => (
            500,
            ("Something went wrong inside Hearth.", "Hearth 内部出了问题。"),
            ("Try again; if it stays, tell an admin.", "请重试；如果仍然如此，请告诉管理员。"),
        ),
        _ => (400, ("The request could not be understood.", "无法理解这个请求。"), RELOAD),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_speaks_both_languages() {
        let problem = Problem::new(Code::HandleTaken);
        assert_eq!(problem.kind, "urn:hearth:problem:handle_taken");
        assert_eq!(problem.status, 409);
        assert!(problem.title.zh_cn.contains('名'));
    }
}
