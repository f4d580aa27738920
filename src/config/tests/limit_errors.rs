//! The errors of `[limits]` and `[shutdown]`.

use super::errors::Case;

#[rustfmt::skip]
pub(super) const LIMITS: &[Case] = &[
    (4, "[limits]\nheader_bytes = 4096\n[trust]", "5:16", "limits.header_bytes", "4096 is out of range", "write a number from 8192 to 1048576, without quotes"),
    (4, "[limits]\nheader_fields = \"many\"\n[trust]", "5:17", "limits.header_fields", "expected a positive integer, found a string", "write a number from 20 to 1000, without quotes"),
    (4, "[limits]\nheader_timeout = \"0s\"\n[trust]", "5:18", "limits.header_timeout", "duration \"0s\" is out of range", "write a duration from \"1s\" to \"1h\""),
    (4, "[limits]\nhandshake_timeout = 10\n[trust]", "5:21", "limits.handshake_timeout", "duration 10 has no unit", "write numbers with units"),
    (4, "[limits]\nidle_timeout = \"2h\"\n[trust]", "5:16", "limits.idle_timeout", "duration \"2h\" is out of range", "write a duration from \"1s\" to \"1h\""),
    (4, "[limits]\nconnections = 1\n[trust]", "5:15", "limits.connections", "1 is out of range", "write a number from 10 to 1000000, without quotes"),
    (4, "[limits]\nconnections_per_client = 2000000\n[trust]", "5:26", "limits.connections_per_client", "2000000 is out of range", "write a number from 10 to 1000000, without quotes"),
    (4, "[limits]\nrequests_per_client = 0\n[trust]", "5:23", "limits.requests_per_client", "0 is out of range", "write a number from 10 to 1000000, without quotes"),
    (4, "[limits]\ntarget_bytes = 100\n[trust]", "5:16", "limits.target_bytes", "100 is out of range", "write a number from 1024 to 32768, without quotes"),
    (4, "[limits]\nstreams_per_connection = 0\n[trust]", "5:26", "limits.streams_per_connection", "0 is out of range", "write a number from 1 to 1000, without quotes"),
    (4, "[limits]\nsend_timeout = \"0s\"\n[trust]", "5:16", "limits.send_timeout", "duration \"0s\" is out of range", "write a duration from \"1s\" to \"1h\""),
    (4, "[limits]\nmemory = 1000\n[trust]", "5:10", "limits.memory", "1000 is out of range", "write a number from 131072 to 1099511627776, without quotes"),
    (4, "[limits]\nlinger_bytes = 0\n[trust]", "5:16", "limits.linger_bytes", "0 is out of range", "write a number from 1 to"),
    (4, "[shutdown]\ndelay = 5\n[trust]", "5:9", "shutdown.delay", "duration 5 has no unit", "write numbers with units"),
    (4, "[shutdown]\ndrain = \"2h\"\n[trust]", "5:9", "shutdown.drain", "duration \"2h\" is out of range", "write a duration from \"0s\" to \"1h\""),
    (4, "[shutdown]\nidle = \"30s\"\n[trust]", "5:8", "shutdown.idle", "longer than shutdown.drain", "write at most \"25s\", or raise shutdown.drain"),
    (4, "[limits]\nmax_header_bytes = 1\n[trust]", "5:1", "limits.max_header_bytes", "unknown key", "did you mean \"header_bytes\"?"),
];
