"""The Python side of `cargo xtask interop`: does what it is told, one JSON object a line.

A request names what to `do`; the answer is {"ok": ..} or {"error": code, "denials": [codes]}.
"""

import base64
import dataclasses
import json
import queue
import sys
import threading

import macp_sdk
from macp_sdk import AuthConfig, MacpClient
from macp_sdk.agent import from_bootstrap

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from macp.v1 import core_pb2

SESSIONS = {
    macp_sdk.MODE_DECISION: macp_sdk.DecisionSession,
    macp_sdk.MODE_PROPOSAL: macp_sdk.ProposalSession,
    macp_sdk.MODE_TASK: macp_sdk.TaskSession,
    macp_sdk.MODE_HANDOFF: macp_sdk.HandoffSession,
    macp_sdk.MODE_QUORUM: macp_sdk.QuorumSession,
}
READ_TIMEOUT = 30.0
BYTES = {"context", "input_data", "output"}


def plain(value):
    """A projection's answer as JSON has it."""
    if isinstance(value, Message):
        return MessageToDict(
            value, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
        )
    if dataclasses.is_dataclass(value):
        return plain(dataclasses.asdict(value))
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


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

    def commit(self, **arguments):
        payload = macp_sdk.build_commitment_payload(**arguments)
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
        for name in BYTES & arguments.keys():
            arguments[name] = arguments[name].encode()
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
            return {"messages": ids, "answers": []}
        answers = []
        for name, arguments in queries:
            answer = getattr(projection, name)
            answers.append(plain(answer(*arguments) if callable(answer) else answer))
        return {"messages": ids, "answers": answers}

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
                signal = core_pb2.SignalPayload.FromString(envelope.payload)
                return {
                    "sender": envelope.sender,
                    "signal_type": signal.signal_type,
                    "data": signal.data.decode(),
                }

    def bootstrap(self, *, path):
        """Everything that was read, part of which the participant keeps to itself."""
        participant = from_bootstrap(path)
        client, session = participant._client, participant.session
        callback = participant._cancel_callback_server
        read = {
            "participant_id": participant.participant_id,
            "session_id": participant.session_id,
            "mode": participant.mode,
            "target": client.target,
            "secure": client.secure,
            "sender": participant._auth.expected_sender,
            "participants": session.participants,
            "mode_version": session.mode_version,
            "configuration_version": session.configuration_version,
            "policy_version": session.policy_version,
            "initiator": initiator(participant._initiator_config),
            "callback": callback and callback.address[0],
        }
        participant.stop()
        client.close()
        return read

    def run_bootstrap(self, *, path):
        """Starts the participant and tells where its callback listens."""
        participant = from_bootstrap(path)
        self.running = threading.Thread(target=participant.run, daemon=True)
        port = participant._cancel_callback_server.port
        self.running.start()
        return port

    def stopped(self):
        self.running.join(READ_TIMEOUT)
        if self.running.is_alive():
            raise RuntimeError("the participant goes on")


def initiator(config):
    if config is None:
        return None
    read = dataclasses.asdict(config)
    read["has_kickoff"] = read.pop("kickoff_message_type") is not None
    del read["kickoff_payload"]
    read["roots"] = [{"name": "", **root} for root in read["roots"] or []]
    read["extensions"] = {key: list(block) for key, block in read["extensions"].items()}
    # The default that it is sent with.
    read["policy_version"] = read["policy_version"] or macp_sdk.DEFAULT_POLICY_VERSION
    return read


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
