use super::*;
use crate::wire::tests::both_ways;

#[test]
fn every_wire_type_reads_the_same_with_and_without_serde() {
    let version =
        TermsVersion { id: "otaru-2023-10-01".into(), sha256: "00".into(), effective: "2023-10-01".into() };
    let policy = crate::policy::tests::otaru_policy();
    both_ways(&OfficeView {
        id: "otaru".into(),
        name: "小樽".into(),
        contact: policy.contact.clone(),
        telephone_link: "tel:0134000000".into(),
        policy,
        terms: TermsVersions { in_force: version.clone(), announced: vec![version.clone()] },
        server_time: "2026-11-24T09:00:00+09:00".into(),
    });
    let line = LineView { clause: "4(1)④".into(), kind: "item".into(), text: "④ 希望日時".into() };
    let article = ArticleView { clause: "4".into(), anchor: "article-4".into(), lines: vec![line] };
    both_ways(&TermsView {
        id: "a".into(),
        sha256: "b".into(),
        effective: "c".into(),
        articles: vec![article],
    });
    let slot = SlotView { start: "s".into(), state: "few".into() };
    let day = DayView {
        date: "2026-11-26".into(),
        bookable: false,
        code: Some("slot_full".into()),
        clause: None,
        basis: office_setting(true),
        message: Some("満席".into()),
        request_before: "x".into(),
        slots: vec![slot],
    };
    both_ways(&SlotsView { days: vec![day], server_time: "t".into() });
    let wish = WishView {
        start: "s".into(),
        code: Some("slot_too_late".into()),
        clause: Some("4(1)".into()),
        basis: office_setting(false),
    };
    let state = "requested".to_owned();
    both_ways(&Accepted {
        reception_number: "n".into(),
        receipt_code: "c".into(),
        state: state.clone(),
        wishes: vec![wish.clone()],
    });
    both_ways(&RequestView {
        reception_number: "n".into(),
        state,
        version: 2,
        received_at: "r".into(),
        wishes: vec![wish],
        appointment: Some(AppointmentView { start: "s".into(), end: "e".into() }),
        meeting: Some(MeetingView { id: "1".into(), link: None, passcode: "p".into() }),
        reason: Some("休館のため".into()),
        cancel_channels: vec!["telephone".into()],
        preparations: Vec::new(),
        terms: TermsRefBody { id: "a".into(), sha256: "b".into() },
    });
    both_ways(&QrView { size: 45, path: "M4 4h7v1h-7z".into() });
    let violation = ViolationView {
        pointer: "/wishes/0".into(),
        code: "slot_full".into(),
        clause: None,
        basis: Some(OFFICE_SETTING.into()),
        message: "m".into(),
        next: "n".into(),
        grade: "must_fix".into(),
    };
    both_ways(&Problem {
        kind: "urn:x".into(),
        title: "t".into(),
        status: 422,
        detail: "d".into(),
        code: "slot_full".into(),
        clause: None,
        basis: None,
        violations: vec![violation],
        terms: Some(version),
    });
}

#[test]
fn the_request_goes_both_ways() {
    let yes = || "yes".to_owned();
    both_ways(&SubmitRequest {
        terms: TermsRefBody { id: "a".into(), sha256: "b".into() },
        language: "ja".into(),
        eligibility: EligibilityBody { registered: yes(), equipped: yes(), ongoing: yes(), need: yes() },
        consents: ConsentsBody { terms: true, app_terms: true, acknowledged: vec!["records".into()] },
        own_device: true,
        checklist: vec![CheckBody { id: "camera".into(), outcome: "passed".into(), detail: "d".into() }],
        person: PersonBody {
            name: "小樽 \"花子\"".into(),
            birth_date: "x".into(),
            job_seeker_number: "y".into(),
        },
        wishes: vec!["2026-11-26T10:00:00+09:00".into()],
        attendants: vec![AttendantBody {
            kind: "other".into(),
            language: "en".into(),
            count: 2,
            note: "\n".into(),
        }],
        accepted_findings: Vec::new(),
        entered_at: "z".into(),
    });
}
