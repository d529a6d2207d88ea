// Derives the options of a deploy from the command line and the two config files.
#pragma once

#include "core/result.hpp"
#include "tools/deploy/settings.hpp"

#include <string>

namespace k2::app {

/// The flags as they were typed; a period is a duration's text.
struct DeployFlags {
  std::string out = "./k2-deploy";
  std::string blue_program;
  std::string blue_config;
  std::string green_program;
  std::string green_config;
  bool shadow = false;
  std::string runtime = "process";
  deploy::Containers containers{.service = "binance-stream", .image = {}, .from = {}, .flags = {}};
  std::string compose_flags;
  std::string ready = "2m";
  std::string dual = "10m";
  std::string stop = "1m";
  std::string takeover = "1m";
  std::string validate = "15m";
  std::string look = "5s";
  std::string settle = "5s";
  std::string grace = "30s";
  deploy::Limits limits;
  std::string prometheus;
};

/// Errors: kConfigInvalid.
[[nodiscard]] Result<deploy::Settings> deploy_settings(DeployFlags const& flags);

}  // namespace k2::app
