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
use hearth_store::{Store, StoreOptions};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

use crate::actions::{self, setup, upkeep};
use crate::admin::{self, Operator};
use crate::app::{App, Surroundings};
use crate::clock::Clock;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::files::Files;
use crate::healing::{self, safe};
use crate::http::health::{Health, Ready};
use crate::http::hosts::HostRules;
use crate::http::serve::{self, Door};
use crate::http::{guard, router};
use crate::ids::{TokenHash, random};
use crate::journal;
use crate::machine;
use crate::meters::{self, Observe};
use crate::outbound::{AddressPolicy, Outbound};
use crate::premises::Premises;
use crate::tasks::{Drained, Tasks};
use crate::tls::{Expiry, Names, Tls};
use crate::update::{trial, undo};

/// Runs until a signal says stop.
///
/// # Errors
/// What could not be built, with what to do about it; or that the store failed.
pub async fn run(config: Config) -> anyhow::Result<()> {
    machine::keep_files_private();
    // First of all, so that a signal during the start stops in good order as well.
    let stop = stop_signal()?;
    let clock = Clock::system();
    let metrics = meters::install(clock.now())?;
    let tasks = Tasks::new();
    let data = DataDir::open(&config.data.dir)?;
    undo::put_back(&data, clock.now())?;
    let random: RandomBytes = random();
    let store = Store::open(&StoreOptions::new(data.database(), clock.now(), random))?;
    let listener = bind(config.server.listen)?;
    let outbound = outbound(&config, &tasks);
    let address = listener.local_addr()?;
    let search = Search::prepare(&store, data.search_index());
    let files = Files::start(store.blobs().clone(), config.files.clone(), tasks.clone())
        .context("start the threads that write files")?;
    let premises = Premises::new(config.clone(), data.path().to_owned(), &clock);
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
    let listening = open_doors(&config, &data, &app, (listener, health))?;
    let url = machine::office_url(listening.scheme, listening.address);
    let url = url.as_deref().unwrap_or(&listening.url);
    app.premises.opened(url, listening.expiry.clone());
    let operator = Operator::new(Arc::clone(&app));
    let door = admin::listen(&data.admin_socket())?;
    tasks.spawn("admin socket", admin::serve(door, Arc::new(operator), tasks.clone()));
    safe::start(&app);
    healing::start(&app);
    tasks.spawn("upkeep", upkeep::run(Arc::clone(&app)));
    ready.set(true);
    tasks.spawn("findings", actions::health::watch(Arc::clone(&app)));
    announce(&app, &listening).await?;

    let end = tokio::select! {
        () = stop => Ok(()),
        failure = store.failed() => Err(anyhow::anyhow!(
            "the database failed ({failure}); it is checked at the next start"
        )),
    };
    ready.set(false);
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

/// The client for requests that leave the box.
fn outbound(config: &Config, tasks: &Tasks) -> Outbound {
    Outbound::new(AddressPolicy::new(config.outbound.allow.clone()), tasks.clone())
}

struct Listening {
    scheme: &'static str,
    address: SocketAddr,
    url: String,
    expiry: Option<Expiry>,
}

fn bind(wanted: SocketAddr) -> anyhow::Result<TcpListener> {
    serve::bind(wanted).with_context(|| {
        format!(
            "can't listen on {wanted}: another program may use that port; stop it, or choose \
             another with HEARTH_PORT"
        )
    })
}

fn open_doors(
    config: &Config,
    data: &DataDir,
    app: &Arc<App>,
    (listener, health): (TcpListener, Health),
) -> anyhow::Result<Listening> {
    let hostname = machine::hostname();
    let hosts = &config.server.hosts;
    let names = Names { hostname: hostname.clone(), hosts: hosts.clone() };
    let tls = Tls::start(&config.tls, names, &data.tls(), &app.clock)?;
    let address = app.address;
    let authority = tls.as_ref().and_then(Tls::authority);
    // An address of our own is never a rebound name, private or not.
    let own: Vec<String> = machine::addresses().iter().map(ToString::to_string).collect();
    let known = hosts.iter().chain(&own).map(String::as_str);
    let rules = Arc::new(HostRules::new(&hostname, known));
    let routes = router::router(Arc::clone(app), health, authority);
    let door = Door {
        tls: tls.as_ref().map(Tls::server_config).transpose()?,
        trusted_proxies: config.server.trusted_proxies.clone().into(),
        connections_max: config.limits.connections_max,
    };
    let expiry = tls.as_ref().map(Tls::expiry);
    let scheme = if tls.is_some() { "https" } else { "http" };
    // Without a certificate there is nothing to read again, but a signal that is not heard kills.
    let reload = reload_signal(&app.tasks)?;
    if let Some(tls) = tls {
        app.tasks.spawn("certificate", tls.keep_fresh(reload, app.tasks.clone()));
    }
    let guarded = guard::protect(routes, rules);
    app.tasks.spawn("front door", serve::serve(listener, guarded, door, app.tasks.clone()));
    Ok(Listening { scheme, address, url: machine::local_url(scheme, address), expiry })
}

/// What supervisors and Prometheus ask.
fn health(
    config: &Config,
    app: &Arc<App>,
    (metrics, ready): (PrometheusHandle, &Ready),
) -> anyhow::Result<Health> {
    let bearer = config.metrics.token_file.as_deref().map(read_token).transpose()?;
    app.tasks.spawn("metrics", meters::keep_tidy(metrics.clone(), app.tasks.clone()));
    let looked_at = Arc::clone(app);
    let observe: Observe = Arc::new(move || {
        let app = Arc::clone(&looked_at);
        async move { meters::observe(&app).await }.boxed()
    });
    Ok(Health { ready: ready.clone(), metrics, observe, bearer })
}

fn read_token(path: &std::path::Path) -> anyhow::Result<TokenHash> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("read the metrics token {}", path.display()))?;
    Ok(TokenHash::of(text.trim().as_bytes()))
}

/// Prints the one link that a person needs.
async fn announce(app: &App, listening: &Listening) -> anyhow::Result<()> {
    let link = setup::link(app, &listening.url).await?;
    tracing::info!(message_id = journal::READY, address = %listening.address, "Hearth is ready");
    match link {
        Some(link) => tracing::info!(
            message_id = journal::SETUP_LINK,
            "open this link to set the office up: {link}"
        ),
        None => tracing::info!("open {}", listening.url),
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
