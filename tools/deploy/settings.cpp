#include "tools/deploy/settings.hpp"

#include <nlohmann/json.hpp>

namespace k2::deploy {
namespace {

using Json = nlohmann::ordered_json;

/// Every field with its name: one table for both ways.
template <class Visitor, class P>
void each_period(P& periods, Visitor visit) {
  visit("ready_ns", periods.ready);
  visit("dual_ns", periods.dual);
  visit("stop_ns", periods.stop);
  visit("takeover_ns", periods.takeover);
  visit("validate_ns", periods.validate);
  visit("probe_ns", periods.probe);
  visit("settle_ns", periods.settle);
  visit("grace_ns", periods.grace);
}

Json instance_json(Instance const& one) {
  return {{"program", one.program}, {"config", one.config}, {"data_dir", one.data_dir}};
}

Instance instance_of(Json const& json) {
  return {.program = json.at("program").get<std::string>(),
          .config = json.at("config").get<std::string>(),
          .data_dir = json.at("data_dir").get<std::string>()};
}

}  // namespace

std::string_view side_name(Side side) noexcept {
  return side == Side::kBlue ? "blue" : "green";
}

std::string settings_json(Settings const& settings) {
  Json periods;
  each_period(settings.periods,
              [&periods](char const* name, Span span) { periods[name] = span.count(); });
  Topic const& topic = settings.topic;
  Json const json{
      {"runtime", settings.runtime == RuntimeKind::kProcess ? "process" : "compose"},
      {"blue", instance_json(settings.blue)},
      {"green", instance_json(settings.green)},
      {"containers",
       {{"service", settings.containers.service},
        {"image", settings.containers.image},
        {"from", settings.containers.from},
        {"flags", settings.containers.flags}}},
      {"topic",
       {{"name", topic.name},
        {"partitions", topic.partitions},
        {"shadow", topic.shadow},
        {"blue_is_warm", topic.blue_is_warm}}},
      {"periods", periods},
      {"limits",
       {{"memory_growth_mb", settings.limits.memory_growth_mb}, {"lag_s", settings.limits.lag_s}}},
      {"prometheus", settings.prometheus},
      {"version", settings.version}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Settings> parse_settings(std::string_view text) {
  try {
    auto const json = Json::parse(text);
    Settings settings;
    settings.runtime =
        json.at("runtime") == "compose" ? RuntimeKind::kCompose : RuntimeKind::kProcess;
    settings.blue = instance_of(json.at("blue"));
    settings.green = instance_of(json.at("green"));
    Json const& containers = json.at("containers");
    settings.containers = {.service = containers.at("service").get<std::string>(),
                           .image = containers.at("image").get<std::string>(),
                           .from = containers.at("from").get<std::string>(),
                           .flags = containers.at("flags").get<std::vector<std::string>>()};
    Json const& topic = json.at("topic");
    settings.topic = {.name = topic.at("name").get<std::string>(),
                      .partitions = topic.at("partitions").get<int>(),
                      .shadow = topic.at("shadow").get<std::string>(),
                      .blue_is_warm = topic.at("blue_is_warm").get<bool>()};
    each_period(settings.periods, [&json](char const* name, Span& span) {
      span = Span{json.at("periods").at(name).get<Span::rep>()};
    });
    json.at("limits").at("memory_growth_mb").get_to(settings.limits.memory_growth_mb);
    json.at("limits").at("lag_s").get_to(settings.limits.lag_s);
    json.at("prometheus").get_to(settings.prometheus);
    json.at("version").get_to(settings.version);
    return settings;
  } catch (nlohmann::json::exception const& wrong) {
    return Error{Errc::kDataCorrupt, std::string{"the deploy's settings: "} + wrong.what()};
  }
}

}  // namespace k2::deploy
