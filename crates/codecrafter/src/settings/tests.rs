use super::*;

fn typed() -> Typed {
    Typed {
        data_dir: Some("/tmp/cc".into()),
        ..Typed::default()
    }
}

fn refusal(typed: Typed) -> String {
    format!("{:#}", typed.check().expect_err("refused"))
}

#[test]
fn nothing_typed_works() {
    let settings = typed().check().expect("defaults");
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.role, Role::All);
    assert_eq!(
        settings.store,
        StoreConfig::Sqlite {
            path: "/tmp/cc/codecrafter.db".into()
        }
    );
}

#[test]
fn split_roles_with_memory_are_refused() {
    let roles = Some(Words::Text("worker".into()));
    assert!(refusal(Typed { roles, ..typed() }).contains("split roles"));
}

#[test]
fn mistakes_are_named() {
    assert!(
        refusal(Typed {
            queue: Some("kafka://x".into()),
            ..typed()
        })
        .contains("queue")
    );
    let queue = Some("amqp://ada:hunter2@h:port/".into());
    let refused = refusal(Typed { queue, ..typed() });
    assert!(
        refused.contains("queue: the amqp: URL") && !refused.contains("hunter2"),
        "{refused}"
    );
    assert!(
        refusal(Typed {
            public_url: Some("ftp://x".into()),
            ..typed()
        })
        .contains("public_url")
    );
    assert!(
        refusal(Typed {
            roles: Some(Words::Text("boss".into())),
            ..typed()
        })
        .contains("roles")
    );
    assert!(
        refusal(Typed {
            connections_per_user: Some(0),
            ..typed()
        })
        .contains("connections_per_user")
    );
    let open = Typed {
        listen: Some(([0, 0, 0, 0], 80).into()),
        rate_limits: Some(Switch::Off),
        ..typed()
    };
    assert!(refusal(open).contains("rate_limits"));
}

#[test]
fn mails_by_smtp_need_a_sender() {
    let smtp = || Typed {
        mail: Some("smtps://ada:secret@mail.example.org".into()),
        ..typed()
    };
    assert!(refusal(smtp()).contains("mail_from"));
    let mail_from = Some("CodeCrafter <noreply@example.org>".into());
    let settings = Typed { mail_from, ..smtp() }.check().expect("complete");
    assert!(!format!("{settings:?}").contains("secret"), "{settings:?}");
    let mail = Some("smtp//ada:secret@mail.example.org".into());
    let refused = refusal(Typed { mail, ..typed() });
    assert!(refused.contains("mail:") && !refused.contains("secret"), "{refused}");
}

#[test]
fn a_mistyped_variable_is_refused() {
    let names = |name: &str| std::iter::once(name.to_owned());
    assert!(refuse_unknown_variables(names("CODECRAFTER_LISEN")).is_err());
    assert!(refuse_unknown_variables(names("CODECRAFTER_LISTEN")).is_ok());
    assert!(refuse_unknown_variables(names("CODECRAFTER_TOOLCHAIN_PATH")).is_ok());
    assert!(refuse_unknown_variables(names("PATH")).is_ok());
}

#[test]
fn the_sample_file_names_every_setting() {
    let sample = include_str!("../../../../docs/codecrafter.toml");
    for key in KEYS {
        assert!(sample.contains(&format!("# {key} = ")), "{key}");
    }
}
