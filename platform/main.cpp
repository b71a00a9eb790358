// The command line.
// SPDX-License-Identifier: Apache-2.0
#include <clocale>
#include <cstdlib>
#include <systemc>
#include <utility>
#include <vector>

#include "platform/cli/verbs.h"
#include "platform/registry/registry.h"
#ifdef VISOC_HAS_COMPILER
#include "sw/compiler/compile_verb.h"
#endif

int sc_main(int argc, char** argv) {
  using namespace visoc;
  std::setlocale(LC_ALL, "C");
  // SystemC's own warnings and errors must not print through its default handler in the middle of a result.
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);

  Registry registry;
  register_all_blocks(registry);
  CLI::App app("visoc: a virtual SoC you can boot", "visoc");
  app.require_subcommand(1);
  app.set_version_flag("--version", "visoc 0.1.0");
  std::vector<Verb> verbs = {add_run(app, registry),  add_check(app, registry),    add_dump_config(app, registry),
                             add_list(app, registry), add_describe(app, registry), add_map(app, registry),
                             add_compare(app)};
  for (Verb& verb : block_verbs(app)) verbs.push_back(std::move(verb));
#ifdef VISOC_HAS_COMPILER
  verbs.push_back(add_compile(app));
#endif
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::kBadInput);
  }
  for (const Verb& verb : verbs)
    if (verb.app->parsed()) return static_cast<int>(verb.run());
  return static_cast<int>(ExitCode::kInternal);
}

/// SystemC's library has a main() of its own; this one goes before it so that no banner comes before our output.
int main(int argc, char** argv) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  return sc_core::sc_elab_and_sim(argc, argv);
}
