//! `DATABASE_URL`: a server that is not ours to start or stop. It is looked after from a distance.

use std::{str::FromStr, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio::time::{sleep, timeout};

use super::Shared;
use crate::{
    Error, Result,
    postgres::{Database, DatabaseState},
};

/// A server that is there answers sooner, also when it has to be set up first; a port may take a connection and stay
/// silent for good.
const PATIENCE: Duration = Duration::from_secs(15);
const LOOK: Duration = Duration::from_secs(20);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Connects, and tells when the server comes and goes. Returns when it was stopped, or when trying again is of no use.
pub async fn run(shared: &Shared, url: SecretString) -> Result<()> {
    let options = options(&url)?;
    let stop = shared.stop.clone();
    tokio::select! {
        result = watch(shared, &options) => return result,
        () = stop.cancelled() => {}
    }
    if let Some(database) = shared.reached() {
        database.close().await;
    }
    Ok(())
}

async fn watch(shared: &Shared, options: &PgConnectOptions) -> Result<()> {
    let mut pause = FIRST_PAUSE;
    let database = loop {
        match answered(PATIENCE, Database::connect(options, options.clone())).await {
            Ok(database) => break database,
            Err(error @ Error::DatabaseUnavailable(_)) => shared.fail(error),
            Err(error) => return Err(error),
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    };
    shared.reach(database.clone(), options.clone());
    let mut there = true;
    loop {
        sleep(if there { LOOK } else { FIRST_PAUSE }).await;
        match (answered(PATIENCE, database.ping()).await, there) {
            (Ok(()), false) => shared.ready(),
            (Err(_), true) => shared.publish(DatabaseState::Restarting),
            (Ok(()), true) | (Err(_), false) => continue,
        }
        there = !there;
    }
}

async fn answered<T>(patience: Duration, work: impl Future<Output = Result<T>>) -> Result<T> {
    timeout(patience, work).await.unwrap_or_else(|_| {
        Err(Error::DatabaseUnavailable(format!(
            "the server that DATABASE_URL names did not answer within {} seconds",
            patience.as_secs_f32()
        )))
    })
}

/// The URL's own wishes, with TLS wherever the connection leaves the machine.
fn options(url: &SecretString) -> Result<PgConnectOptions> {
    // The error's text may quote the password.
    let options = PgConnectOptions::from_str(url.expose_secret()).map_err(|_| {
        Error::InvalidInput(
            "DATABASE_URL cannot be read. It should look like postgres://name:password@host:5432/database.".into(),
        )
    })?;
    let weak = matches!(options.get_ssl_mode(), PgSslMode::Disable | PgSslMode::Allow | PgSslMode::Prefer);
    let options = options.application_name("memoryloop");
    Ok(if weak && !stays_here(&options) { options.ssl_mode(PgSslMode::Require) } else { options })
}

fn stays_here(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    options.get_socket().is_some()
        || host.starts_with('/')
        || host.eq_ignore_ascii_case("localhost")
        || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> PgSslMode {
        options(&url.into()).map(|options| options.get_ssl_mode()).unwrap_or(PgSslMode::Disable)
    }

    #[test]
    fn tls_is_required_off_the_machine_and_not_weakened() {
        assert!(matches!(mode("postgres://a:b@db.example.org/x"), PgSslMode::Require));
        assert!(matches!(mode("postgres://a:b@db.example.org/x?sslmode=disable"), PgSslMode::Require));
        assert!(matches!(mode("postgres://a:b@10.0.0.7/x?sslmode=prefer"), PgSslMode::Require));
        assert!(matches!(mode("postgres://a:b@db.example.org/x?sslmode=verify-full"), PgSslMode::VerifyFull));
        assert!(!matches!(mode("postgres://a:b@127.0.0.1/x"), PgSslMode::Require));
        assert!(!matches!(mode("postgres://a:b@[::1]/x"), PgSslMode::Require));
        assert!(!matches!(mode("postgres://a:b@localhost/x"), PgSslMode::Require));
    }

    #[tokio::test]
    async fn a_port_that_takes_the_connection_and_says_nothing_is_not_waited_for() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let options = options(&format!("postgres://a:hunter2@127.0.0.1:{port}/x").into()).expect("an address");
        let connected = answered(Duration::from_millis(200), Database::connect(&options, options.clone())).await;
        let Err(Error::DatabaseUnavailable(reason)) = connected else { panic!("{connected:?}") };
        assert_eq!(reason, "the server that DATABASE_URL names did not answer within 0.2 seconds");
    }

    #[test]
    fn an_unreadable_url_is_not_quoted() {
        let text = options(&"postgres://a:hunter2@host:notaport/x".into()).err().map(|error| error.to_string());
        assert!(text.is_some_and(|text| !text.contains("hunter2") && text.contains("DATABASE_URL")));
    }
}
