use crate::Error;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The pause between two looks at something that the system doesn't announce.
const POLL: Duration = Duration::from_millis(5);
/// How long one probe waits for the runtime's first words.
const PROBE: Duration = Duration::from_secs(1);
/// How many lines of the log an error quotes.
const TAIL: usize = 40;

/// The start of an HTTP/2 connection (RFC 9113 §3.4): the preface and an empty SETTINGS frame.
const HTTP2_HELLO: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
const FRAME_HEADER: usize = 9;
const SETTINGS: u8 = 4;

/// All that starting the runtime takes, the same at every restart.
#[derive(Clone)]
pub(crate) struct Launch {
    pub(crate) binary: PathBuf,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) address: SocketAddr,
    pub(crate) tls: bool,
    pub(crate) log: PathBuf,
    pub(crate) within: Duration,
}

impl Launch {
    /// Starts the runtime and blocks until it answers.
    pub(crate) fn run(&self) -> Result<Process, Error> {
        // The answer of a program that holds the address already would pass for the runtime's.
        self.check_address()?;
        let mut process = self.spawn()?;
        let started = Instant::now();
        loop {
            let answers = self.answers();
            // Asked after the probe, for a program that took the address in between.
            if let Some(status) = process.exit_status()? {
                self.check_address()?;
                let log = self.log_tail();
                return Err(Error::Exited { status, log });
            }
            if answers {
                return Ok(process);
            }
            if started.elapsed() > self.within {
                return Err(Error::NoAnswer {
                    waited: self.within,
                    log: self.log_tail(),
                });
            }
            thread::sleep(POLL);
        }
    }

    /// Whether the runtime can listen on its address.
    fn check_address(&self) -> Result<(), Error> {
        match TcpListener::bind(self.address) {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(Error::AddressTaken {
                address: self.address,
            }),
            Err(error) => Err(Error::io(format!("listening on {}", self.address))(error)),
        }
    }

    fn spawn(&self) -> Result<Process, Error> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.log)
            .map_err(Error::io("opening the runtime's log"))?;
        let errors = log
            .try_clone()
            .map_err(Error::io("opening the runtime's log"))?;
        let mut command = Command::new(&self.binary);
        // The caller's own MACP settings must not change what a test starts.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("MACP_") {
                command.env_remove(name);
            }
        }
        command
            .envs(&self.environment)
            .env("MACP_BIND_ADDR", self.address.to_string())
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map(|child| Process { child })
            .map_err(Error::io(format!("starting {}", self.binary.display())))
    }

    // With TLS an accepted connection has to do: the runtime binds its port as its last step.
    fn answers(&self) -> bool {
        let Ok(connection) = TcpStream::connect_timeout(&self.address, PROBE) else {
            return false;
        };
        self.tls || greets(connection).unwrap_or(false)
    }

    /// The end of the log, for an error.
    fn log_tail(&self) -> String {
        let log = read_log(&self.log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(TAIL)..].join("\n")
    }
}

/// Whether the other side speaks HTTP/2: its first frame must be its SETTINGS.
fn greets(mut connection: TcpStream) -> io::Result<bool> {
    connection.set_read_timeout(Some(PROBE))?;
    connection.write_all(HTTP2_HELLO)?;
    let mut header = [0; FRAME_HEADER];
    connection.read_exact(&mut header)?;
    Ok(header[3] == SETTINGS)
}

/// The log so far. It may hold any bytes, and is only ever shown.
pub(crate) fn read_log(path: &PathBuf) -> String {
    let mut bytes = Vec::new();
    // A log that can't be read must not hide the failure it would explain.
    let _ = File::open(path).and_then(|mut file| file.read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A running runtime, killed when dropped.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn exit_status(&mut self) -> Result<Option<ExitStatus>, Error> {
        self.child
            .try_wait()
            .map_err(Error::io("looking after the runtime"))
    }

    /// SIGKILL; returns once the process is gone.
    pub(crate) fn kill(&mut self) -> Result<ExitStatus, Error> {
        self.child
            .kill()
            .and_then(|()| self.child.wait())
            .map_err(Error::io("killing the runtime"))
    }

    /// SIGTERM; blocks until the process is gone.
    #[cfg(unix)]
    pub(crate) fn terminate(&mut self) -> Result<ExitStatus, Error> {
        use rustix::process::{Pid, Signal, kill_process};

        kill_process(Pid::from_child(&self.child), Signal::TERM)
            .map_err(|errno| Error::io("terminating the runtime")(errno.into()))?;
        self.child
            .wait()
            .map_err(Error::io("waiting for the runtime to end"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Nobody is left to tell, and a process that is gone already is what was wanted.
        let _ = self.kill();
    }
}
