//! One event of each kind and one frame of each type, with every optional field present.

use hearth_domain::card::{Card, Page, PageWords};
use hearth_domain::denied::Code;
use hearth_domain::event::{Event, Posted};
use hearth_domain::file::{Attachment, BlobHash, FileKind, FileName, MediaType, Pixels};
use hearth_domain::id::Seq;
use hearth_domain::link::LinkUrl;
use hearth_domain::model::{
    AccountState, Channel, ChannelKind, ChannelRole, Draft, Group, Guise, Language, Member,
    Mentions, NotifyLevel, Office, Posting, Preferences, Reach, Role, Status, Theme, User,
    UserKind, WideMention,
};
use hearth_domain::notify::{Keyword, MinuteOfDay, Notices, QuietHours, Sound, Weekday, ZoneName};
use hearth_domain::text::{DraftText, Emoji, Handle, MessageText, Name, StatusText, Topic};
use hearth_domain::time::Timestamp;
use hearth_wire::frame::{
    ClientFrame, ClosingReason, DevicePresence, Presence, PresenceState, ServerFrame,
};
use hearth_wire::hardware::{
    Calibration, CalibrationState, CalibrationStep, CalibrationWhy, CapState, Drill, DrillWhy,
    FanOutcome, FanReason, FanSpin, FanTier, HardwareAlarm, HardwareAlarmKind, HardwareController,
    HardwareFan, HardwareProfile, HardwareState, HardwareStatus, HardwareTemperature, HeatState,
    ReadingUnknown, STATUS_VERSION, SensorKind,
};
use hearth_wire::problem::Problem;

const AT: Timestamp = Timestamp::from_ms(1_790_000_000_000);

/// An id that a reader of the golden files recognises by its last digits.
pub(crate) fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(n: u8) -> T {
    format!("01990000-0000-7000-8000-{n:012}").parse().unwrap()
}

fn user() -> User {
    User {
        kind: UserKind::Person,
        id: id(1),
        handle: Handle::parse("lin.xiaoyu").unwrap(),
        name: Name::parse("林晓雨").unwrap(),
        role: Role::Member,
        state: AccountState::Active,
        status: Some(Status {
            emoji: Some(Emoji::parse("🎧").unwrap()),
            text: StatusText::parse("Focus time").unwrap(),
            until: Some(AT.plus_ms(3_600_000)),
        }),
        avatar: Some(id(61)),
        created_at: AT,
    }
}

fn channel() -> Channel {
    Channel {
        id: id(10),
        kind: ChannelKind::Public,
        name: Some(Name::parse("general 综合").unwrap()),
        topic: Topic::parse("Everything else").unwrap(),
        posting: Posting::Managers,
        reach: Reach::Local,
        archived_at: Some(AT),
        created_by: id(1),
        created_at: AT,
    }
}

fn member() -> Member {
    Member { user: id(2), role: ChannelRole::Manager }
}

fn text() -> MessageText {
    MessageText::parse("**Done**, see `make test`. 好的 @lin.xiaoyu @here").unwrap()
}

fn mentions() -> Mentions {
    let wide = Some(WideMention::Here);
    Mentions { users: vec![id(1)], groups: vec![id(30)], wide, here: Some(vec![id(1), id(2)]) }
}

fn group() -> Group {
    let handle = Handle::parse("design").unwrap();
    let name = Name::parse("Design 设计").unwrap();
    Group { id: id(30), handle, name, members: vec![id(1), id(2)] }
}

fn file() -> Attachment {
    Attachment {
        id: id(60),
        name: FileName::parse("季度预算 Q3.png").unwrap(),
        size_bytes: 48_213,
        media_type: MediaType::parse("image/png").unwrap(),
        kind: FileKind::Picture,
        blob: BlobHash([0xab; 32]),
        pixels: Some(Pixels { width: 1_280, height: 720 }),
    }
}

fn posted() -> Posted {
    Posted {
        message: id(20),
        channel: id(10),
        root: Some(id(21)),
        text: text(),
        mentions: mentions(),
        files: vec![file()],
        guise: Some(guise()),
        nonce: id(40),
    }
}

fn guise() -> Guise {
    let emoji = Emoji::parse("🚀").unwrap();
    Guise { name: Name::parse("Deploy 部署").unwrap(), emoji: Some(emoji) }
}

fn draft() -> Draft {
    let text = DraftText::parse("I began to").unwrap();
    Draft { channel: id(10), root: Some(id(21)), text }
}

fn card() -> Card {
    let words = PageWords {
        site: "A site 站点".into(),
        title: "A page".into(),
        description: "What it is about".into(),
    };
    let url = LinkUrl::parse("https://a.example/page?x=1#y").unwrap();
    Page::new("www.a.example", &words).unwrap().card(url)
}

fn preferences() -> Preferences {
    let zone = ZoneName::parse("Asia/Shanghai").unwrap();
    let minute = |minute: u16| MinuteOfDay::try_from(minute).unwrap();
    let quiet =
        QuietHours { days: Weekday::ALL.into(), from: minute(1_320), to: minute(450), zone };
    Preferences {
        language: Language::ZhCn,
        theme: Theme::Dark,
        notices: Notices {
            sound: Sound::Knock,
            keywords: vec![Keyword::parse("预算").unwrap()],
            quiet: Some(quiet),
            paused_until: Some(AT),
            ..Notices::default()
        },
    }
}

fn events_of_the_office() -> Vec<Event> {
    let preferences = preferences();
    vec![
        Event::OfficeUpdated {
            office: Office { name: Name::parse("Hearth 壁炉").unwrap(), link_cards: false },
        },
        Event::UserCreated { user: User { status: None, avatar: None, ..user() } },
        Event::UserUpdated { user: User { kind: UserKind::Bot, ..user() } },
        Event::PreferencesUpdated { preferences },
        Event::GroupUpdated { group: group() },
        Event::GroupDeleted { group: id(30) },
    ]
}

fn events_of_a_channel() -> Vec<Event> {
    let fresh = Channel { archived_at: None, ..channel() };
    vec![
        Event::ChannelCreated { channel: fresh, members: vec![member()] },
        Event::ChannelUpdated { channel: channel() },
        Event::MemberAdded { channel: id(10), member: member() },
        Event::MemberUpdated { channel: id(10), member: member() },
        Event::MemberRemoved { channel: id(10), user: id(2) },
    ]
}

/// One event of each kind.
pub(crate) fn events() -> Vec<Event> {
    let (message, channel) = (id(20), id(10));
    let emoji = Emoji::parse("👍🏽").unwrap();
    let mut events = events_of_the_office();
    events.extend(events_of_a_channel());
    events.extend([
        Event::MessagePosted(posted()),
        Event::MessageEdited { message, channel, text: text(), mentions: mentions() },
        Event::MessageDeleted { message, channel, root: Some(message) },
        Event::ReactionSet { message, channel, emoji, on: true },
        Event::PinSet { message, channel, on: true },
        Event::ThreadFollowed { root: id(21), channel, on: true },
        Event::ReadMarked { channel, root: Some(id(21)), upto: Seq(4711) },
        Event::NotifyUpdated { channel, level: NotifyLevel::Nothing },
        Event::DraftUpdated { draft: draft() },
        Event::SavedSet { message, channel, on: true },
        Event::CardsSet { message, channel, cards: vec![card()], taken: true },
    ]);
    events
}

/// One client frame of each type.
pub(crate) fn client_frames() -> Vec<ClientFrame> {
    let (channel, root) = (id(10), Some(id(21)));
    let text = text().as_str().to_owned();
    vec![
        ClientFrame::Post { nonce: id(40), channel, root, text, files: vec![id(60)] },
        ClientFrame::Read { channel, root, upto: Seq(4711) },
        ClientFrame::Typing { channel, root },
        ClientFrame::Presence { state: DevicePresence::Active },
        ClientFrame::WatchHardware { on: true },
    ]
}

fn machine() -> HardwareStatus {
    HardwareStatus {
        version: STATUS_VERSION,
        started: "5eed".into(),
        simulated: true,
        board: "Maker Board 1".into(),
        tier: FanTier::A,
        controlled_by: HardwareController::Hwctl,
        reason: FanReason::Sink,
        sink_c: Some(58.1),
        sink_aim_c: Some(61.0),
        junction_c: Some(61.5),
        junction_unknown: Some(ReadingUnknown::OutOfRange),
        junction_limit_c: Some(91.0),
        temperatures: vec![HardwareTemperature {
            key: "sys/devices/platform/coretemp.0:coretemp:temp1".into(),
            name: "Package id 0".into(),
            kind: SensorKind::Processor,
            celsius: Some(61.5),
            limit_c: Some(100.0),
        }],
        fans: vec![HardwareFan {
            key: "sys/devices/i2c-0/0-002e:adt7475:pwm1".into(),
            name: "adt7475 fan 1".into(),
            ours: true,
            rpm: Some(1_240.0),
            duty: Some(0.31),
            state: FanSpin::Turning,
            outcome: Some(FanOutcome::Applied),
        }],
        power_w: Some(18.2),
        energy_j: Some(12_345.6),
        load: Some(0.12),
        memory: Some(0.41),
        frequency_mhz: Some(3_400.0),
        heat: HeatState::PowerOff,
        allowed_w: 56.0,
        sustained_w: 48.0,
        headroom_s: 540.0,
        cap_w: Some(35.0),
        cap_state: CapState::NotEffective,
        profile: HardwareProfile::Quiet,
        wanted_profile: HardwareProfile::Balanced,
        quiet_left_s: 27_000.0,
        boost_left_s: 0.0,
        dust: 1.12,
        dust_known: true,
        resistance_k_per_w: Some(0.61),
        calibration: Calibration {
            state: CalibrationState::Running,
            step: Some(CalibrationStep::Sweep),
            progress: 0.25,
            why: Some(CalibrationWhy::TooHot),
        },
        drill: Some(Drill {
            at_unix_s: 1_790_000_000,
            passed: false,
            why: Some(DrillWhy::FanDidNotFollow),
        }),
    }
}

/// One server frame of each type.
pub(crate) fn server_frames() -> Vec<ServerFrame> {
    let problem = Problem {
        detail: Some("text: longer than 10000".into()),
        retry_after_s: Some(30),
        ..Problem::new(Code::BadText)
    };
    vec![
        ServerFrame::Hello {
            protocol: 1,
            version: "0.1.0".into(),
            user: id(1),
            session: id(50),
            head: Seq(4711),
            ping_interval_ms: 20_000,
        },
        ServerFrame::Reset { head: Seq(4711) },
        ServerFrame::Event {
            seq: Seq(4712),
            at: AT,
            actor: id(1),
            event: Box::new(Event::MessagePosted(posted())),
        },
        ServerFrame::Posted { nonce: id(40), message: id(20), seq: Seq(4712), at: AT },
        ServerFrame::Refused { nonce: Some(id(40)), problem: Box::new(problem) },
        ServerFrame::Typing { channel: id(10), root: Some(id(21)), user: id(1) },
        ServerFrame::Ephemeral {
            channel: id(10),
            root: Some(id(21)),
            author: id(2),
            guise: Some(guise()),
            text: text(),
            at: AT,
        },
        ServerFrame::Presence {
            people: vec![Presence { user: id(1), state: PresenceState::Online }],
        },
        ServerFrame::Hardware {
            state: HardwareState::Live,
            status: Some(Box::new(machine())),
            alarms: vec![HardwareAlarm { kind: HardwareAlarmKind::Dust, since: AT }],
        },
        ServerFrame::Closing { reason: ClosingReason::AccessChanged },
    ]
}
