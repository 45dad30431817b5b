//! Coupons: only what we signed is believed, by us and by the verifiers of the guide.

use std::process::Command;

use proptest::prelude::*;
use store::Timestamp;

use super::*;

fn key(id: i64) -> CouponKey {
    CouponKey::new(id, &[id as u8; 32], Timestamp(0))
}

fn coupon(holder: Option<String>) -> Coupon {
    Coupon {
        key: 1,
        serial: 77,
        offer: "ten_percent".into(),
        worth_cents: 500,
        currency: "GBP".into(),
        ends_s: 1_800_000_000,
        holder,
    }
}

#[test]
fn what_was_signed_is_believed_and_nothing_else() {
    let (first, second) = (key(1), key(2));
    let text = first.sign(&coupon(None));
    assert!(
        text.len() < 250,
        "{} characters are much for a code",
        text.len()
    );
    let keys = [second.public(), first.public()];
    assert_eq!(verify(&format!(" {text}\n"), &keys), Ok(coupon(None)));
    assert_eq!(verify(&text, &[second.public()]), Err(Invalid::Key));
    let lying = Coupon {
        key: 2,
        ..coupon(None)
    };
    assert_eq!(verify(&first.sign(&lying), &keys), Err(Invalid::Signature));
    for text in ["", "RPC1.", "RPC1.a.b", "SPRING-1", "RPC2.e30.AA"] {
        assert_eq!(verify(text, &keys), Err(Invalid::Form), "{text}");
    }
}

#[test]
fn a_coupon_ends_and_belongs_to_its_customer() {
    let bound = coupon(Some(holder(77, "C-17984")));
    let now = Timestamp(1_799_999_999_999);
    assert_eq!(bound.usable(now, Some("C-17984")), Ok(()));
    assert_eq!(bound.usable(now, Some("C-1")), Err(Invalid::Holder));
    assert_eq!(bound.usable(now, None), Err(Invalid::NoHolder));
    assert_eq!(coupon(None).usable(now, None), Ok(()));
    let late = Timestamp(1_800_000_000_000);
    assert_eq!(coupon(None).usable(late, None), Err(Invalid::Ended));
}

proptest! {
    #[test]
    fn no_change_of_a_coupon_is_believed(at in 0usize..200, byte in 0u8..64) {
        let text = key(1).sign(&coupon(Some(holder(77, "C-17984"))));
        let at = at % text.len();
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut changed = text.clone().into_bytes();
        changed[at] = letters[usize::from(byte)];
        let changed = String::from_utf8(changed).unwrap();
        // The last letter of base64 without padding carries bits that are not used.
        prop_assume!(changed != text && at + 1 != text.len());
        prop_assert!(verify(&changed, &[key(1).public()]).is_err());
    }
}

/// A program in a code block of the guide, by the first words of its fence.
fn program(language: &str) -> String {
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guides/coupons.md");
    let text = std::fs::read_to_string(guide).unwrap();
    let fence = format!("```{language}\n");
    let (_, after) = text.split_once(&fence).expect("the guide has the program");
    let (program, _) = after.split_once("\n```").expect("the block ends");
    program.to_owned()
}

fn run(command: &str, language: &str, arguments: &[&str]) -> (bool, String) {
    let folder =
        std::env::temp_dir().join(format!("rapport-coupon-{}-{command}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let extension = if language == "python" { "py" } else { "mjs" };
    let file = folder.join(format!("verify.{extension}"));
    std::fs::write(&file, program(language)).unwrap();
    let output = Command::new(command)
        .arg(&file)
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said)
}

#[test]
fn the_verifiers_of_the_guide_say_the_same() {
    let first = key(1);
    let bound = first.sign(&coupon(Some(holder(77, "C-17984"))));
    let bearer = first.sign(&coupon(None));
    let swapped = bearer.replace("RPC1.", "RPC1.x");
    let ended = first.sign(&Coupon {
        ends_s: 1,
        ..coupon(None)
    });
    let public = first.public().key;
    for (command, language) in [("node", "js"), ("python3", "python")] {
        for (text, user, good) in [
            (&bound, "C-17984", true),
            (&bound, "C-1", false),
            (&bearer, "", true),
            (&swapped, "", false),
            (&ended, "", false),
        ] {
            let (went, said) = run(command, language, &[text, &public, user]);
            assert_eq!(went, good, "{command} {user}: {said}");
            if good {
                assert!(said.contains("ten_percent"), "{said}");
            }
        }
        let other = key(2).public().key;
        assert!(
            !run(command, language, &[&bearer, &other, ""]).0,
            "{command}"
        );
    }
}
