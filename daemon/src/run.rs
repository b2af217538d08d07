//! The life of hearthd: built in order, stopped in reverse.
//!
//! Data folder, store, hub, certificate, listener, doors; then it serves until a signal or until the
//! store fails. Stopping takes no new work, lets open requests finish within the limit, and closes the
//! store last, so that whatever was acknowledged is on disk.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use futures_util::FutureExt;
use hearth_domain::id::RandomBytes;
use hearth_store::search::Search;
use hearth_store::{OpenError, Store, StoreOptions};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

use crate::actions::vault::rounds;
use crate::actions::{self, setup, upkeep};
use crate::admin::{self, Operator};
use crate::app::{App, Surroundings};
use crate::clock::Clock;
use crate::config::Config;
use crate::credentials::{Credential, secret};
use crate::data_dir::DataDir;
use crate::failures;
use crate::files::Files;
use crate::healing::{self, safe};
use crate::http::health::{Health, Ready};
use crate::http::hosts::HostRules;
use crate::http::serve::{self, Door};
use crate::http::{guard, router, signpost, trust};
use crate::ids::{TokenHash, random};
use crate::journal;
use crate::local_name;
use crate::machine;
use crate::meters::{self, Observe};
use crate::outbound::{AddressPolicy, Outbound};
use crate::premises::Premises;
use crate::service::{Service, sockets, watchdog};
use crate::tasks::{Drained, Tasks};
use crate::tls::{Names, Served, Tls};
use crate::update::{trial, undo};
use crate::vault::keeper::Keeper;

/// Whether an error of [`run`] is one that another start meets again, whatever time passes.
#[must_use]
pub fn is_hopeless(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(OpenError::FromTheFuture { .. }))
}

/// Runs until a signal says stop.
///
/// # Errors
/// What could not be built, with what to do about it; or that the store failed.
pub async fn run(config: Config, service: Service) -> anyhow::Result<()> {
    machine::keep_files_private();
    // First of all, so that a signal during the start stops in good order as well.
    let stop = stop_signal()?;
    let clock = Clock::system();
    let metrics = meters::install(clock.now())?;
    let tasks = Tasks::new();
    let data = DataDir::open(&config.data.dir)?;
    undo::put_back(&data, clock.now())?;
    let random: RandomBytes = random();
    let Service { handed, manager } = service;
    let store = Store::open(&StoreOptions::new(data.database(), clock.now(), random))?;
    let (listener, address) = front(&config, handed.front)?;
    let side = handed.side.map(sockets::ready).transpose()?.map(|(listener, _)| listener);
    let outbound = outbound(&config, &tasks);
    let search = Search::prepare(&store, data.search_index());
    let files = Files::start(store.blobs().clone(), config.files.clone(), tasks.clone())
        .context("start the threads that write files")?;
    let vault = Keeper::open(&data.vault(), clock.now()).context("open the folder of backups")?;
    let premises = Premises::new(config.clone(), data.path().to_owned(), &clock, vault);
    let ready = premises.ready.clone();
    let given = Surroundings {
        address,
        clock,
        tasks: tasks.clone(),
        outbound,
        search: search.clone(),
        files,
        premises,
    };
    let app = App::start(store.clone(), given)?;
    trial::pass(&app).await?;
    let health = health(&config, &app, (metrics, &ready))?;
    let listening = open_doors(&config, &data, &app, Doors { front: listener, side, health })?;
    let url = machine::office_url(listening.scheme, listening.address);
    let url = url.as_deref().unwrap_or(&listening.url);
    app.premises.opened(url, listening.served.clone());
    start_work(&config, &app)?;
    ready.set(true);
    tasks.spawn("findings", actions::health::watch(Arc::clone(&app)));
    announce(&app, &listening).await?;
    manager.ready(&format!("Ready at {}", app.premises.url()));
    let signs = watchdog::run(manager.clone(), store.clone(), app.clock.clone(), tasks.clone());
    tasks.spawn("watchdog", signs);

    let end = tokio::select! {
        () = stop => Ok(()),
        failure = store.failed() => Err(anyhow::anyhow!(
            "the database failed ({failure}); it is checked at the next start"
        )),
    };
    ready.set(false);
    manager.stopping();
    tracing::info!(message_id = journal::STOPPING, "stopping");
    tasks.stop();
    if let Drained::Left(left) = tasks.drain(Duration::from_secs(config.limits.drain_s)).await {
        let message_id = journal::STOPPED_EARLY;
        tracing::warn!(message_id, left, "stopped before everything had finished");
    }
    search.close();
    store.close().await;
    if end.is_ok() {
        app.safe_mode.end_run();
    }
    end
}

/// Starts what goes on besides answering requests.
fn start_work(config: &Config, app: &Arc<App>) -> anyhow::Result<()> {
    let operator = Operator::new(Arc::clone(app));
    let door = admin::listen(&config.data.admin_socket())?;
    app.tasks.spawn("admin socket", admin::serve(door, Arc::new(operator), app.tasks.clone()));
    safe::start(app);
    healing::start(app);
    app.tasks.spawn("upkeep", upkeep::run(Arc::clone(app)));
    app.tasks.spawn("failures", failures::tell::run(Arc::clone(app)));
    app.tasks.spawn("backups", rounds::run(Arc::clone(app)));
    Ok(())
}

/// The client for requests that leave the box.
fn outbound(config: &Config, tasks: &Tasks) -> Outbound {
    Outbound::new(AddressPolicy::new(config.outbound.allow.clone()), tasks.clone())
}

struct Listening {
    scheme: &'static str,
    address: SocketAddr,
    url: String,
    served: Option<Served>,
}

/// The front door's listener: the one that was handed over, else one where the settings say.
fn front(
    config: &Config,
    handed: Option<std::net::TcpListener>,
) -> anyhow::Result<(TcpListener, SocketAddr)> {
    if let Some(handed) = handed {
        return sockets::ready(handed).context("use the socket of the service manager");
    }
    let wanted = config.server.listen;
    let listener = serve::bind(wanted).with_context(|| {
        format!(
            "can't listen on {wanted}: another program may use that port; stop it, or choose \
             another with HEARTH_PORT"
        )
    })?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// What the doors are made of.
struct Doors {
    front: TcpListener,
    /// Where visitors are only shown the way to the front door.
    side: Option<TcpListener>,
    health: Health,
}

fn open_doors(
    config: &Config,
    data: &DataDir,
    app: &Arc<App>,
    doors: Doors,
) -> anyhow::Result<Listening> {
    let Doors { front, side, health } = doors;
    let hostname = machine::hostname();
    let hosts = config.server.all_hosts();
    let names = Names { hostname: hostname.clone(), hosts: hosts.clone() };
    let tls = Tls::start((&config.tls, &config.acme), names, &data.tls(), &app.clock)?;
    let address = app.address;
    let served = tls.as_ref().map(Tls::served);
    // An address of our own is never a rebound name, private or not.
    let own: Vec<String> = machine::addresses().iter().map(ToString::to_string).collect();
    let known = hosts.iter().chain(&config.acme.names).chain(&own).map(String::as_str);
    let rules = Arc::new(HostRules::new(&hostname, known));
    let routes = router::router(Arc::clone(app), health);
    let door = Door {
        tls: tls.as_ref().map(Tls::server_config).transpose()?,
        trusted_proxies: config.server.trusted_proxies.clone().into(),
        connections_max: config.limits.connections_max,
    };
    let scheme = if tls.is_some() { "https" } else { "http" };
    // Without a certificate there is nothing to read again, but a signal that is not heard kills.
    let reload = reload_signal(&app.tasks)?;
    if let Some(tls) = tls {
        app.tasks.spawn("certificate", tls.keep_fresh(reload, app.tasks.clone()));
    }
    if let Some(side) = clear_listener(config, side)? {
        // Without TLS there is nothing to trust yet, only the way.
        let way = match &served {
            Some(_) => trust::clear(Arc::clone(app)),
            None => signpost::router(scheme, address.port()),
        };
        let shown = guard::protect(way, Arc::clone(&rules));
        let door = Door { tls: None, connections_max: signpost::CONNECTIONS_MAX, ..door.clone() };
        app.tasks.spawn("side door", serve::serve(side, shown, door, app.tasks.clone()));
    }
    let guarded = guard::protect(routes, rules);
    app.tasks.spawn("front door", serve::serve(front, guarded, door, app.tasks.clone()));
    Ok(Listening { scheme, address, url: machine::local_url(scheme, address), served })
}

/// The listener of the door in the clear: the one that was handed over, else where the settings say.
fn clear_listener(
    config: &Config,
    handed: Option<TcpListener>,
) -> anyhow::Result<Option<TcpListener>> {
    let listener = match (handed, config.server.http_listen) {
        (Some(handed), _) => handed,
        (None, Some(wanted)) => {
            serve::bind(wanted).with_context(|| format!("can't listen on {wanted}"))?
        }
        (None, None) => return Ok(None),
    };
    tracing::info!(address = %listener.local_addr()?, "the way to the secure door is shown");
    Ok(Some(listener))
}

/// What supervisors and Prometheus ask.
fn health(
    config: &Config,
    app: &Arc<App>,
    (metrics, ready): (PrometheusHandle, &Ready),
) -> anyhow::Result<Health> {
    let token = secret(config.metrics.token_file.as_deref(), Credential::MetricsToken)?;
    let bearer = token.map(|token| TokenHash::of(token.reveal().as_bytes()));
    app.tasks.spawn("metrics", meters::keep_tidy(metrics.clone(), app.tasks.clone()));
    let looked_at = Arc::clone(app);
    let observe: Observe = Arc::new(move || {
        let app = Arc::clone(&looked_at);
        async move { meters::observe(&app).await }.boxed()
    });
    Ok(Health { ready: ready.clone(), metrics, observe, bearer })
}

/// Answers to the local name, if there is one and others reach this door. It is a convenience: what
/// fails is said, and the office opens all the same.
fn call_out(app: &App, scheme: &'static str) {
    let Some(name) = &app.premises.config.server.local_name else { return };
    if app.address.ip().is_loopback() {
        return;
    }
    let told = local_name::Told { name, scheme, port: app.address.port() };
    match local_name::announce(told, &app.tasks) {
        Ok(()) => tracing::info!(name = local_name::full(name), "the network is told of the name"),
        Err(error) => tracing::warn!(%error, "the network can't be told of the local name"),
    }
}

/// Prints what a person needs to get in for the first time, here and on the machine's own screen.
async fn announce(app: &Arc<App>, listening: &Listening) -> anyhow::Result<()> {
    // In the clear, the machine itself is the place to set it up from. With TLS a phone is one too.
    let base = if listening.served.is_some() { app.premises.url() } else { &listening.url };
    call_out(app, listening.scheme);
    let welcome = setup::link(app, base).await?;
    tracing::info!(message_id = journal::READY, address = %listening.address, "Hearth is ready");
    let Some(welcome) = welcome else {
        app.premises.console.clear();
        tracing::info!("open {}", listening.url);
        return Ok(());
    };
    tracing::info!(
        message_id = journal::SETUP_LINK,
        "open this link to set the office up: {}",
        welcome.url
    );
    let (page, code) = (&welcome.page, &welcome.code);
    tracing::info!("or open {page} and type this code, which works for an hour: {code}");
    if let Some(words) = &welcome.words {
        tracing::info!("the page must show these words: {words}");
    }
    if app.premises.console.is_there() {
        app.tasks.spawn("console", setup::keep_console(Arc::clone(app)));
    }
    Ok(())
}

/// Resolves at SIGTERM or SIGINT.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Fires at every SIGHUP.
fn reload_signal(tasks: &Tasks) -> anyhow::Result<Arc<Notify>> {
    let mut hangup = signal(SignalKind::hangup())?;
    let reload = Arc::new(Notify::new());
    let (fire, stop) = (Arc::clone(&reload), tasks.stop_signal());
    tasks.spawn("reload signal", async move {
        loop {
            tokio::select! {
                Some(()) = hangup.recv() => fire.notify_one(),
                () = stop.cancelled() => return,
                else => return,
            }
        }
    });
    Ok(reload)
}
