"""The Python side of `cargo xtask interop`: does what it is told, one JSON object a line.

A request names what to `do`; the answer is {"ok": ..} or {"error": code, "denials": [codes]}.
"""

import json
import queue
import sys
import threading

import macp_sdk
from macp_sdk import AuthConfig, MacpClient
from macp_sdk.agent import from_bootstrap

SESSIONS = {
    macp_sdk.MODE_DECISION: macp_sdk.DecisionSession,
    macp_sdk.MODE_PROPOSAL: macp_sdk.ProposalSession,
    macp_sdk.MODE_TASK: macp_sdk.TaskSession,
    macp_sdk.MODE_HANDOFF: macp_sdk.HandoffSession,
    macp_sdk.MODE_QUORUM: macp_sdk.QuorumSession,
}
READ_TIMEOUT = 30.0


class MultiRoundSession:
    """The SDK has no helper for this mode: envelopes by hand, and no projection."""

    def __init__(self, client, *, session_id, policy_version):
        self.client, self.session_id, self.policy_version = client, session_id, policy_version
        self.projection = None

    def _send(self, message_type, payload):
        envelope = macp_sdk.build_envelope(
            mode=macp_sdk.MODE_MULTI_ROUND,
            message_type=message_type,
            session_id=self.session_id,
            payload=macp_sdk.serialize_message(payload),
            sender=self.client.auth.sender,
        )
        self.client.send(envelope)

    def start(self, *, intent, participants, ttl_ms):
        payload = macp_sdk.build_session_start_payload(
            intent=intent, participants=participants, ttl_ms=ttl_ms
        )
        self._send("SessionStart", payload)

    def contribute(self, value):
        self._send("Contribute", macp_sdk.build_contribute_payload(value))

    def commit(self, *, action, authority_scope, reason):
        payload = macp_sdk.build_commitment_payload(
            action=action, authority_scope=authority_scope, reason=reason
        )
        self._send("Commitment", payload)

    def open_stream(self):
        return self.client.open_stream()


class Peer:
    def __init__(self, target, agent):
        self.target = target
        self.client = MacpClient(
            target=target,
            allow_insecure=True,
            auth=AuthConfig.for_dev_agent(agent),
            default_timeout=READ_TIMEOUT,
        )
        self.signals = queue.Queue()

    def open(self, *, mode, session_id, policy_version):
        self.session = SESSIONS.get(mode, MultiRoundSession)(
            self.client, session_id=session_id, policy_version=policy_version
        )

    def act(self, *, method, arguments):
        getattr(self.session, method)(**arguments)

    def history(self, *, queries):
        """Reads the accepted history up to its commitment and asks the projection."""
        projection = type(self.session)(self.client, session_id=self.session.session_id).projection \
            if self.session.projection is not None else None
        ids, stream = [], self.session.open_stream()
        try:
            stream.send_subscribe(self.session.session_id, 0)
            while True:
                envelope = stream.read(timeout=READ_TIMEOUT)
                if envelope is None:
                    raise RuntimeError("the history ended before its commitment")
                ids.append(envelope.message_id)
                if projection is not None:
                    projection.apply_envelope(envelope)
                if envelope.message_type == "Commitment":
                    break
        finally:
            stream.cancel()
        if projection is None:
            return {"messages": ids}
        answers = {}
        for name, arguments in queries:
            answers[name] = getattr(projection, name)(*arguments)
        return {
            "messages": ids,
            "phase": projection.phase,
            "action": projection.commitment.action,
            "positive": projection.is_positive_outcome,
            "anomalies": len(projection.anomalies),
            "queries": answers,
        }

    def watch_signals(self):
        listening = threading.Event()

        def listen():
            stream = self.client.watch_signals(timeout=READ_TIMEOUT)
            listening.set()
            for response in stream:
                self.signals.put(response.envelope)

        threading.Thread(target=listen, daemon=True).start()
        listening.wait()

    def signal(self, *, signal_type, data):
        self.client.send_signal(signal_type=signal_type, data=data.encode())

    def heard(self, *, sender):
        """The next signal of somebody; the caller repeats its signal until it is heard."""
        while True:
            envelope = self.signals.get(timeout=READ_TIMEOUT)
            if envelope.sender == sender and envelope.message_type == "Signal":
                return {"sender": envelope.sender, "message_id": envelope.message_id}

    def bootstrap(self, *, path):
        participant = from_bootstrap(path)
        return {
            "participant": participant.participant_id,
            "session": participant.session_id,
            "mode": participant.mode,
        }


def answer(peer, request):
    what = request.pop("do")
    try:
        return {"ok": getattr(peer, what)(**request)}
    except macp_sdk.MacpAckError as error:
        return {
            "error": error.failure.code,
            "denials": [denial.code for denial in error.failure.denials],
        }
    except Exception as error:  # the other side reports it
        return {"error": type(error).__name__, "denials": [], "message": str(error)}


def main():
    peer = Peer(*sys.argv[1:])
    for line in sys.stdin:
        print(json.dumps(answer(peer, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
