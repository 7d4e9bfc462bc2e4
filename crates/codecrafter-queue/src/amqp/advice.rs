//! What the broker's refusals mean, and what to do about them.

use lapin::{Error, ErrorKind};

use super::AmqpConfig;
use crate::QueueError;

// Reply codes of AMQP 0-9-1, as the broker uses them.
const ACCESS_REFUSED: u16 = 403;
const PRECONDITION_FAILED: u16 = 406;
const NOT_ALLOWED: u16 = 530;

/// What was asked for when it was refused.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// To come in.
    Connect,
    /// To make our queues and to use them.
    Queues,
}

/// The same in words for whoever runs the server.
pub(super) fn explain(config: &AmqpConfig, step: Step, error: &Error) -> QueueError {
    let user = config.user();
    let vhost = &config.uri.vhost;
    let code = match error.kind() {
        ErrorKind::ProtocolError(error) => Some(error.get_id()),
        _ => None,
    };
    let advice = match (code, step) {
        (Some(ACCESS_REFUSED), Step::Connect) => format!(
            "it does not take user {user:?} with this password: set the right ones in the URL, percent-encoded, or make \
             the user with rabbitmqctl add_user (guest may come from the broker's own machine only)"
        ),
        (Some(NOT_ALLOWED), _) => format!(
            "there is no vhost {vhost:?}, or user {user:?} may not use it: rabbitmqctl add_vhost '{vhost}', then {}",
            permissions(config)
        ),
        (Some(ACCESS_REFUSED), Step::Queues) => format!(
            "user {user:?} may not make, write and read the queues: {}",
            permissions(config)
        ),
        (Some(PRECONDITION_FAILED), _) => {
            "it has queues of these names that are made otherwise, or is older than RabbitMQ \
             3.10: delete those queues when nothing waits in them, or choose other names with ?prefix=… in the URL"
                .to_owned()
        }
        (None, Step::Connect) => return unreachable(config, error),
        _ => return QueueError::Unavailable(format!("{config}: {error}")),
    };
    QueueError::Refused(format!("{config}: {advice} ({error})"))
}

/// The least that is needed: what is dead-lettered or given back goes through the exchanges as well.
fn permissions(config: &AmqpConfig) -> String {
    let (vhost, user) = (&config.uri.vhost, config.user());
    let ours = format!("^{}", config.prefix.replace('.', "\\."));
    format!("rabbitmqctl set_permissions -p '{vhost}' '{user}' '{ours}' '{ours}|^amq\\.default$' '{ours}'")
}

fn unreachable(config: &AmqpConfig, error: &Error) -> QueueError {
    let text = error.to_string();
    if text.contains("certificate") {
        return QueueError::Refused(format!(
            "{config}: its certificate is not trusted: use the name it is made out to, and have SSL_CERT_FILE name a file \
             with the certificate of who signed it ({text})"
        ));
    }
    QueueError::Unavailable(format!(
        "no connection to {config}: is the broker running, and are host and port right? ({text})"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_those_of_our_names() {
        let config: AmqpConfig = "amqp://ada:hunter2@h/v?prefix=cc.".parse().expect("a URL");
        assert_eq!(
            permissions(&config),
            r"rabbitmqctl set_permissions -p 'v' 'ada' '^cc\.' '^cc\.|^amq\.default$' '^cc\.'"
        );
    }
}
