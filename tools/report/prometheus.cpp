#include "tools/report/prometheus.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace k2::report {
namespace {

/// One question at a time, as a function that returns.
class Server {
 public:
  explicit Server(io::HttpsClientOptions options) : client_(io_, std::move(options)) {}

  Result<Reply> ask(std::string const& target) {
    std::optional<Result<io::HttpReply>> answer;
    client_.get(target, [&](Result<io::HttpReply> reply) { answer = std::move(reply); });
    while (!answer) io_.run_one();
    if (!*answer) return answer->error();
    return parse_reply((*answer)->status, (*answer)->body);
  }

 private:
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      io_.get_executor()};
  io::HttpsClient client_;
};

}  // namespace

Result<Answers> ask_prometheus(io::HttpsClientOptions server, Selection const& selection,
                               Span span) {
  Server asked{std::move(server)};
  Answers answers;
  for (Query const& query : queries()) {
    auto& series = answers.series[query.fact];
    for (std::string const& target : targets_of(query, selection, span)) {
      auto reply = asked.ask(target);
      if (!reply) {
        return Error{reply.error().code, fmt::format("{} ({})", reply.error().detail, query.fact)};
      }
      append(series, std::move(reply->series));
      for (std::string const& warning : reply->warnings) {
        if (std::ranges::find(answers.warnings, warning) == answers.warnings.end()) {
          answers.warnings.push_back(warning);
        }
      }
    }
  }
  return answers;
}

}  // namespace k2::report
