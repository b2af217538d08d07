//! Telling somebody that their webhook was switched off.

use hearth_domain::id::Nonce;
use hearth_domain::model::Language;
use hearth_store::chat::people;
use hearth_store::integrations::outgoing::OutgoingHook;

use crate::actions::post::{self, NewPost};
use crate::actions::{ActionError, channel};
use crate::app::App;

/// The webhook's own bot writes to whoever made it, in their language.
pub(super) async fn switched_off(app: &App, hook: &OutgoingHook) -> Result<(), ActionError> {
    let (bot, maker) = (hook.made.bot, hook.made.created_by);
    let preferences = app
        .store
        .read(move |tx| people::preferences(tx, maker).map_err(ActionError::from))
        .await
        .map_err(ActionError::from)?;
    let name = hook.made.name.as_str().replace('`', "'");
    let english = format!(
        "⚠️ The webhook `{name}` is switched off: its receiver took nothing for three days, \
         or said that it is gone. Mend the receiver, then switch it on again under Integrations."
    );
    let chinese = format!(
        "⚠️ 出站 Webhook `{name}` 已停用：接收方连续三天没有成功接收，或表示已不再接收。\
         请修复接收方后，在“集成”页面重新启用。"
    );
    let text = match preferences.language {
        Language::En => english,
        Language::ZhCn => chinese,
        Language::Auto => format!("{english}\n\n{chinese}"),
    };
    let opened = channel::open_direct(app, bot, vec![maker]).await?;
    let post = NewPost {
        user: bot,
        nonce: app.ids.make(Nonce::new),
        channel: opened.channel,
        root: None,
        text,
        guise: None,
        files: Vec::new(),
    };
    post::send(app, post).await?.on_disk().await.map(drop)
}
