//! The one runtime that all fixtures play on, and what they need of it beside sessions.

use macp_projections::policy::check_registration;
use macp_proto::v1::PolicyDescriptor;
use macp_testkit::Runtime;
use macp_transport::{Client, Credentials};
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use tokio::sync::Mutex;

/// A runtime, shared by the tests that run at the same time, and the policies it has.
pub(crate) struct Stage {
    runtime: Runtime,
    policies: Mutex<BTreeMap<String, PolicyDescriptor>>,
}

/// Weak, because what a static holds is never dropped, and the runtime must end with its tests.
static STAGE: Mutex<Weak<Stage>> = Mutex::const_new(Weak::new());

impl Stage {
    pub(crate) async fn open() -> Arc<Self> {
        let mut shared = STAGE.lock().await;
        if let Some(stage) = shared.upgrade() {
            return stage;
        }
        let stage = Arc::new(Self {
            runtime: Runtime::start().await.expect("the runtime starts"),
            policies: Mutex::default(),
        });
        *shared = Arc::downgrade(&stage);
        stage
    }

    pub(crate) async fn client(&self, agent: &str) -> Client {
        Client::builder(self.runtime.endpoint())
            .allow_insecure()
            .credentials(Credentials::dev_agent(agent))
            .connect()
            .await
            .expect("the runtime accepts connections")
    }

    /// Registers a policy. Another fixture may have registered the same; two that differ cannot
    /// have one id.
    pub(crate) async fn register(&self, client: &Client, policy: PolicyDescriptor) {
        let mut policies = self.policies.lock().await;
        if let Some(registered) = policies.get(&policy.policy_id) {
            assert_eq!(*registered, policy, "two policies of one id");
            return;
        }
        check_registration(&policy).expect("we admit what the runtime admits");
        client
            .register_policy(policy.clone())
            .await
            .expect("the runtime admits the policy");
        policies.insert(policy.policy_id.clone(), policy);
    }
}
