//! A browser that is gone is no fault of the product: whatever its driver calls that, the test begins anew.

use anyhow::{bail, ensure};

use crate::applicant::CONDITIONS;
use crate::browser::is_lost;
use crate::device::Device;
use crate::stage::{Outcome, play_on};

#[tokio::test]
async fn in_chromium_a_browser_that_is_gone_is_known_as_lost() -> Outcome {
    is_known_on(Device::chromium("ja")).await
}

#[tokio::test]
async fn in_firefox_a_browser_that_is_gone_is_known_as_lost() -> Outcome {
    is_known_on(Device::firefox("ja").bare()).await
}

#[tokio::test]
async fn in_webkit_a_browser_that_is_gone_is_known_as_lost() -> Outcome {
    is_known_on(Device::webkit("ja")).await
}

async fn is_known_on(device: Device) -> Outcome {
    play_on(device, async |stage| {
        let page = &stage.page;
        page.open(&stage.server.address("/")).await?;
        page.opens_with(CONDITIONS).await?;
        page.browser.is_gone()?;
        for _ in 0..3 {
            match page.opens_with(CONDITIONS).await {
                Ok(()) => bail!("somebody still answers"),
                Err(told) => ensure!(is_lost(&told), "a lost browser is told of as {told:?}"),
            }
        }
        Ok(())
    })
    .await
}
