use crate::Outcome;
use crate::peer::expect_equal;
use crate::stage::Stage;
use futures_util::StreamExt as _;
use macp_sdk::Signal;
use macp_sdk::transport::WatchEvent;
use serde_json::json;
use std::time::Duration;

/// Each side hears the other's signal. Signals are not recorded, so they are repeated until heard.
pub async fn exchange(stage: &mut Stage) -> Outcome<()> {
    stage.python.ok(json!({"do": "watch_signals"})).await?;
    let mut heard = stage.client.watch_signals();
    let mut repeat = tokio::time::interval(Duration::from_millis(100));
    let python_heard = {
        let hearing = stage
            .python
            .ok(json!({"do": "heard", "sender": "coordinator"}));
        tokio::pin!(hearing);
        loop {
            tokio::select! {
                answer = &mut hearing => break answer?,
                _ = repeat.tick() => {
                    Signal::new("interop").data("from Rust").send(&stage.client).await?;
                }
            }
        }
    };
    let expected = json!({"sender": "coordinator", "signal_type": "interop", "data": "from Rust"});
    expect_equal("the signals to Python", &expected, &python_heard)?;
    let rust_heard = loop {
        tokio::select! {
            signal = heard.next() => {
                if let WatchEvent::Changed(signal) = signal.ok_or("the watch ended")??
                    && signal.envelope.sender == "worker"
                {
                    break signal.envelope;
                }
            }
            _ = repeat.tick() => {
                let request = json!({"do": "signal", "signal_type": "interop", "data": "from Python"});
                stage.python.ok(request).await?;
            }
        }
    };
    let payload: macp_sdk::proto::v1::SignalPayload = rust_heard.decode()?;
    let ours = json!([payload.signal_type, &payload.data[..]]);
    let expected = json!(["interop", b"from Python"]);
    expect_equal("the signals to Rust", &ours, &expected)?;
    println!("signals: each side heard the other's");
    Ok(())
}
