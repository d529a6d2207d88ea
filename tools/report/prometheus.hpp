// Asks a Prometheus server all that a report wants to know, one question after the other. Thin: the
// questions are queries', the answers are read by prometheus_reply.
#pragma once

#include "io/https_client.hpp"
#include "tools/report/queries.hpp"

namespace k2::report {

/// Errors: those of the way to the server and of parse_reply, naming the fact that was asked for.
[[nodiscard]] Result<Answers> ask_prometheus(io::HttpsClientOptions server,
                                             Selection const& selection, Span span);

}  // namespace k2::report
