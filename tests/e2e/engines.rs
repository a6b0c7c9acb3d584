//! The main path in the other engines: Firefox, and WebKitGTK, which is Safari's.

use anyhow::ensure;

use crate::applicant::{
    self, BACK, BOOKING, CHECK, CONDITIONS, CONSENT, FRIDAY, NAME, NEXT, RECEIPT, REVIEW, SEND, THURSDAY,
};
use crate::device::Device;
use crate::stage::{Outcome, play_on};

#[tokio::test]
async fn in_webkit_the_path_leads_to_a_receipt_through_a_reload_and_back() -> Outcome {
    the_path_on(Device::webkit("ja").narrow()).await
}

#[tokio::test]
async fn in_firefox_the_path_leads_to_a_receipt_through_a_reload_and_back() -> Outcome {
    the_path_on(Device::firefox("ja").bare()).await
}

async fn the_path_on(device: Device) -> Outcome {
    let name = format!("{:?}", device.engine).to_lowercase();
    play_on(device, async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        page.open(&server.address("/")).await?;
        page.opens_with(CONDITIONS).await?;
        page.look(&format!("{name}-1-conditions")).await?;
        applicant::answer_conditions(page).await?;
        page.press(NEXT).await?;
        page.shows(CONSENT).await?;
        page.look(&format!("{name}-2-consent")).await?;
        applicant::tick_consents(page).await?;
        page.press(NEXT).await?;
        page.shows(CHECK).await?;
        page.look(&format!("{name}-3-check")).await?;
        applicant::answer_check(page).await?;
        page.press(NEXT).await?;
        page.shows(BOOKING).await?;
        applicant::fill_booking(page, &[THURSDAY]).await?;
        page.look(&format!("{name}-4-booking")).await?;

        page.reload().await?;
        page.opens_with(BOOKING).await?;
        applicant::still_holds(page, &[THURSDAY]).await?;
        page.press(BACK).await?;
        page.shows(CHECK).await?;
        page.back().await?;
        page.shows(BOOKING).await?;
        applicant::add_wish(page, FRIDAY).await?;
        page.press(NEXT).await?;
        page.shows(REVIEW).await?;
        page.reads(NAME).await?;
        page.look(&format!("{name}-5-review")).await?;
        page.press(SEND).await?;
        page.shows(RECEIPT).await?;
        page.look(&format!("{name}-6-receipt")).await?;
        let receipt = applicant::receipt(page).await?;
        applicant::is_stored(server, &receipt, &[THURSDAY, FRIDAY]).await?;
        page.reload().await?;
        page.opens_with(RECEIPT).await?;
        ensure!(applicant::receipt(page).await? == receipt, "a reload keeps the receipt");
        Ok(())
    })
    .await
}
