// Queries a Prometheus server for all facts of a report, one query after the other. Thin: the
// queries are in queries, the answers are read by prometheus_reply.
#pragma once

#include "io/https_client.hpp"
#include "tools/report/queries.hpp"

namespace k2::report {

/// Errors: those of the connection to the server and of parse_reply, naming the fact of the query.
[[nodiscard]] Result<Answers> ask_prometheus(io::HttpsClientOptions server,
                                             Selection const& selection, Span span);

}  // namespace k2::report
