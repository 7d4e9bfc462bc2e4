//! The words of the mails. Tokens stand behind the `#` of a link: browsers do not send that part to any server, so that
//! it gets into no log on the way.

use codecrafter_domain::user::User;
use codecrafter_mail::Mail;
use url::Url;

use super::SecondFactorNews;

pub(super) fn forgotten(user: &User, url: &Url, token: &str) -> Mail {
    mail(
        &user.email,
        "Choose a new password",
        &format!(
            "Somebody, probably you, has asked for a new password for {name} on {url}.\n\n\
             Choose one here, within an hour:\n{url}reset-password#token={token}\n\n\
             If that was not you, nothing has changed, and you can forget about this mail.\n",
            name = user.username,
        ),
    )
}

pub(super) fn verify(user: &User, to: &str, url: &Url, token: &str) -> Mail {
    mail(
        to,
        "Confirm your address",
        &format!(
            "{name} on {url} says that this is their address.\n\n\
             If that is you, confirm it here, within a day:\n{url}verify-email#token={token}\n\n\
             If not, ignore this mail.\n",
            name = user.username,
        ),
    )
}

pub(super) fn password_changed(user: &User, url: &Url) -> Mail {
    mail(
        &user.email,
        "Your password was changed",
        &format!(
            "The password of {name} on {url} was changed, and other devices were signed out.\n\n\
             If that was not you, choose a new one at once:\n{url}forgot-password\n",
            name = user.username,
        ),
    )
}

pub(super) fn address_changed(user: &User, before: &str, url: &Url) -> Mail {
    mail(
        before,
        "Your address was changed",
        &format!(
            "{name} on {url} has another address now, and this one is not used any more.\n\n\
             If that was not you, tell whoever runs {url}.\n",
            name = user.username,
        ),
    )
}

pub(super) fn connected(user: &User, label: &str, url: &Url) -> Mail {
    mail(
        &user.email,
        "Another way to sign in",
        &format!(
            "One can now sign in to the account {name} on {url} by {label}.\n\n\
             If that was not you, choose a new password at once, and disconnect {label} in your account:\n\
             {url}forgot-password\n",
            name = user.username,
        ),
    )
}

pub(super) fn second_factor(user: &User, news: SecondFactorNews, url: &Url) -> Mail {
    let (subject, what) = match news {
        SecondFactorNews::On => (
            "Two-factor sign-in is on",
            "asks for a second factor when signing in, from now on".to_owned(),
        ),
        SecondFactorNews::Off => (
            "Two-factor sign-in is off",
            "asks for no second factor when signing in any more".to_owned(),
        ),
        SecondFactorNews::CodesOff => (
            "One-time codes are off",
            "takes no one-time codes any more; passkeys still sign in".to_owned(),
        ),
        SecondFactorNews::PasskeyAdded => (
            "A passkey was added",
            "can be signed in to by another passkey, from now on".to_owned(),
        ),
        SecondFactorNews::PasskeyRemoved => ("A passkey was removed", "has one passkey less".to_owned()),
        SecondFactorNews::Reset => (
            "Two-factor sign-in was reset",
            "asks for no second factor any more: an administrator has reset it".to_owned(),
        ),
        SecondFactorNews::NewCodes => (
            "You have new recovery codes",
            "has new recovery codes; those of before work no more".to_owned(),
        ),
        SecondFactorNews::CodeUsed { left } => (
            "A recovery code was used",
            format!("was signed in to by a recovery code; {left} are left"),
        ),
    };
    mail(
        &user.email,
        subject,
        &format!(
            "{name} on {url} {what}.\n\n\
             If you did not expect that, choose another password at once:\n{url}forgot-password\n",
            name = user.username,
        ),
    )
}

pub(super) fn deleted(user: &User, url: &Url) -> Mail {
    mail(
        &user.email,
        "Your account was deleted",
        &format!(
            "The account {name} on {url} was deleted, as you asked.\n",
            name = user.username
        ),
    )
}

fn mail(to: &str, subject: &str, text: &str) -> Mail {
    Mail {
        to: to.to_owned(),
        subject: format!("CodeCrafter: {subject}"),
        text: text.to_owned(),
    }
}
