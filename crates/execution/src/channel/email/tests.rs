//! Tests of the e-mail channel: mails as they are written, and hand-overs to the sink.

use std::time::Duration;

use super::mime::{bounce_address, build, header_value, key_of_bounce_address};
use super::sink::{Fault, Rule, Sink};
use super::smtp::{Security, Settings, Smtp};
use super::*;

fn mail(to: &str) -> Mail {
    Mail {
        key: "msg_4f1b".into(),
        from: Mailbox {
            name: Some("Acme 商店".into()),
            address: "shop@acme.example".into(),
        },
        reply_to: None,
        bounces_to: Some("bounces+msg_4f1b@acme.example".into()),
        to: Mailbox {
            name: Some("王小明".into()),
            address: to.into(),
        },
        subject: "您的购物车还在等您，今天下单立减百分之十，仅限今日，欢迎回来继续选购".into(),
        html: "<p>你好</p>".into(),
        text: "你好\n.\n.dot".into(),
        unsubscribe_url: Some("https://acme.example/u/token".into()),
        sent_at: store::Timestamp(1_700_000_000_000),
    }
}

async fn smtp(sink: &Sink) -> Smtp {
    Smtp::new(Settings {
        host: sink.address().ip().to_string(),
        port: sink.address().port(),
        security: Security::Plain,
        credentials: None,
        hello_name: "acme.example".into(),
        connections: 4,
        timeout: Duration::from_secs(5),
    })
}

/// What a hand-over must have answered.
type Expectation = Box<dyn Fn(&Handed) -> bool>;

fn always(fault: Fault) -> Rule {
    Rule {
        recipient: String::new(),
        times: None,
        fault,
    }
}

#[test]
fn a_mail_carries_everything_a_receiver_asks_for() {
    let built = build(&mail("wang@kunde.example")).unwrap();
    assert!(built.bytes.is_ascii(), "other scripts are encoded");
    let value = |name| header_value(&built.bytes, name);
    assert_eq!(value("Message-ID"), "<msg_4f1b@acme.example>");
    assert_eq!(value(mime::MESSAGE_HEADER), "msg_4f1b");
    assert_eq!(value("Auto-Submitted"), "auto-generated");
    assert_eq!(value("List-Unsubscribe"), "<https://acme.example/u/token>");
    assert_eq!(value("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    assert_eq!(
        built.envelope.from().unwrap().to_string(),
        "bounces+msg_4f1b@acme.example"
    );
    let parsed = mail_parser::MessageParser::default()
        .parse(&built.bytes)
        .unwrap();
    assert_eq!(parsed.subject(), Some(mail("x@y.example").subject.as_str()));
    assert_eq!(parsed.body_html(0).unwrap().trim(), "<p>你好</p>");
    assert_eq!(
        parsed.body_text(0).unwrap().replace("\r\n", "\n").trim(),
        "你好\n.\n.dot"
    );
    assert!(
        built
            .bytes
            .split(|b| *b == b'\n')
            .all(|line| line.len() <= 998)
    );
}

#[test]
fn a_long_unsubscribe_link_is_not_broken_by_folding() {
    let url = format!("https://acme.example/u/{}", "a".repeat(300));
    let mail = Mail {
        unsubscribe_url: Some(url.clone()),
        ..mail("a@b.example")
    };
    let built = build(&mail).unwrap();
    assert_eq!(
        header_value(&built.bytes, "List-Unsubscribe"),
        format!("<{url}>")
    );
}

#[test]
fn a_line_break_cannot_smuggle_a_header_in() {
    let subject = "Hello\r\nBcc: everybody@there.example".to_owned();
    let refused = build(&Mail {
        subject,
        ..mail("a@b.example")
    });
    assert_eq!(refused.unwrap_err(), mime::Error::Header("Subject"));
    let name = Some("A\r\nBcc: x@y.example".to_owned());
    let to = Mailbox {
        name,
        address: "a@b.example".into(),
    };
    let built = build(&Mail {
        to,
        ..mail("a@b.example")
    })
    .unwrap();
    assert_eq!(header_value(&built.bytes, "Bcc"), "");
}

#[test]
fn a_domain_in_another_script_travels_in_ascii() {
    let built = build(&mail("post@bücher.example")).unwrap();
    assert_eq!(
        built.envelope.to()[0].to_string(),
        "post@xn--bcher-kva.example"
    );
}

#[test]
fn a_bounce_address_leads_back_to_the_message() {
    let address = bounce_address("bounces@acme.example", "msg_1").unwrap();
    assert_eq!(address, "bounces+msg_1@acme.example");
    assert_eq!(key_of_bounce_address(&address), Some("msg_1"));
    assert_eq!(key_of_bounce_address("bounces@acme.example"), None);
}

#[tokio::test]
async fn the_sink_takes_what_the_provider_hands_over() {
    let sink = Sink::start().await.unwrap();
    let smtp = smtp(&sink).await;
    for to in ["a@b.example", "用户@例子.example"] {
        let handed = smtp.hand_over(&mail(to)).await;
        assert!(
            matches!(handed, Handed::Accepted { .. }),
            "{to}: {handed:?}"
        );
    }
    let receipts = sink.receipts();
    assert_eq!(receipts.len(), 2);
    assert_eq!(receipts[0].message_key, "msg_4f1b");
    assert_eq!(receipts[0].sender, "bounces+msg_4f1b@acme.example");
    assert_eq!(receipts[1].recipient, "用户@xn--fsqu00a.example");
    let parsed = mail_parser::MessageParser::default()
        .parse(&receipts[0].data)
        .unwrap();
    assert_eq!(
        parsed.body_text(0).unwrap().replace("\r\n", "\n").trim(),
        "你好\n.\n.dot"
    );
}

#[tokio::test]
async fn each_failure_is_told_apart() {
    let sink = Sink::start().await.unwrap();
    let smtp = smtp(&sink).await;
    let refuse = |code, text: &str| Fault::RefuseRecipient(code, text.into());
    let rejected =
        |kind| move |h: &Handed| matches!(h, Handed::Rejected { kind: k, .. } if *k == kind);
    let retry = |h: &Handed| matches!(h, Handed::Retry { .. });
    let uncertain = |h: &Handed| matches!(h, Handed::Uncertain { .. });
    let accepted = |h: &Handed| matches!(h, Handed::Accepted { .. });
    let table: Vec<(Fault, Expectation, usize)> = vec![
        (
            refuse(550, "5.1.1 user unknown"),
            Box::new(rejected(Bounce::Hard)),
            0,
        ),
        (
            refuse(550, "5.7.1 not you"),
            Box::new(rejected(Bounce::Policy)),
            0,
        ),
        (refuse(450, "4.2.0 greylisted"), Box::new(retry), 0),
        (refuse(421, "4.3.2 shutting down"), Box::new(retry), 0),
        (
            Fault::RefuseContent(554, "5.6.0 bad".into()),
            Box::new(rejected(Bounce::Soft)),
            0,
        ),
        (
            Fault::RefuseContent(451, "4.3.0 later".into()),
            Box::new(retry),
            0,
        ),
        (Fault::DropBeforeTaking, Box::new(uncertain), 0),
        (Fault::DropAfterTaking, Box::new(uncertain), 1),
        (Fault::DropAfterAnswer, Box::new(accepted), 1),
        (
            Fault::Delay(Duration::from_millis(20)),
            Box::new(accepted),
            1,
        ),
    ];
    for (fault, expected, taken) in table {
        sink.recover();
        let before = sink.receipts().len();
        sink.fail(always(fault.clone()));
        let handed = smtp.hand_over(&mail("a@b.example")).await;
        assert!(expected(&handed), "{fault:?}: {handed:?}");
        assert_eq!(sink.receipts().len() - before, taken, "{fault:?}");
    }
    sink.recover();
    let handed = smtp.hand_over(&mail("a@b.example")).await;
    assert!(accepted(&handed), "the provider recovers: {handed:?}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_or_is_not_there_is_a_retry_before_the_content() {
    let sink = Sink::start().await.unwrap();
    let smtp = smtp(&sink).await;
    let handed = smtp.hand_over(&mail("a@b.example")).await;
    assert!(
        matches!(handed, Handed::Accepted { .. }),
        "a connection is kept now"
    );
    drop(sink);
    let handed = smtp.hand_over(&mail("a@b.example")).await;
    assert!(matches!(handed, Handed::Retry { .. }), "{handed:?}");
}

#[tokio::test]
async fn a_sink_that_honours_keys_takes_each_message_once() {
    let sink = Sink::start().await.unwrap();
    sink.honour_keys(true);
    let smtp = smtp(&sink).await;
    for _ in 0..3 {
        smtp.hand_over(&mail("a@b.example")).await;
    }
    assert_eq!((sink.receipts().len(), sink.duplicates()), (1, 2));
}

#[tokio::test]
async fn an_unusable_address_is_refused_before_the_server_is_asked() {
    let sink = Sink::start().await.unwrap();
    let smtp = smtp(&sink).await;
    let handed = smtp.hand_over(&mail("not an address")).await;
    assert!(
        matches!(
            handed,
            Handed::Rejected {
                kind: Bounce::Hard,
                code: 0,
                ..
            }
        ),
        "{handed:?}"
    );
    let mut from_nowhere = mail("a@b.example");
    from_nowhere.from.address = "shop".into();
    let handed = smtp.hand_over(&from_nowhere).await;
    assert!(
        matches!(
            handed,
            Handed::Rejected {
                kind: Bounce::Policy,
                ..
            }
        ),
        "{handed:?}"
    );
}

#[tokio::test]
async fn many_hand_overs_at_once_share_few_connections() {
    let sink = Sink::start().await.unwrap();
    let smtp = std::sync::Arc::new(smtp(&sink).await);
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..100 {
        let smtp = smtp.clone();
        tasks.spawn(async move { smtp.hand_over(&mail(&format!("c{number}@b.example"))).await });
    }
    while let Some(handed) = tasks.join_next().await {
        assert!(matches!(handed.unwrap(), Handed::Accepted { .. }));
    }
    assert_eq!(sink.wait_for(100, Duration::from_secs(5)).await.len(), 100);
}
