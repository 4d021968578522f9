#include "prove/targets.hpp"

#include <catch2/catch.hpp>

using namespace halligan;

namespace {

// "NAME=HOST:PORT NAME=…", or the error.
std::string inventory(std::string_view text) {
  const auto found = prove::parse_inventory(text);
  if (!found) return "error: " + found.error().message;
  std::string out;
  for (const auto& each : *found)
    out += (out.empty() ? "" : " ") + each.name + "=" + each.host + ":" + std::to_string(each.port);
  return out;
}

}  // namespace

TEST_CASE("Ansible's inventories") {
  const auto row = GENERATE(values<std::pair<const char*, const char*>>({
      {"web1\n", "web1=web1:22"},
      {"", ""},
      {"# x\n; y\n[web]\nweb1 # z\nweb1\n", "web1=web1:22"},
      {"web1:2222\n", "web1=web1:2222"},
      {"web1 ansible_host=192.0.2.1 ansible_port=2222\n", "web1=192.0.2.1:2222"},
      {"web1 ansible_ssh_host=\"192.0.2.1\" ansible_user=root\n", "web1=192.0.2.1:22"},
      {"web1 ansible_host=2001:db8::1\n", "web1=2001:db8::1:22"},
      {"web[08:10].x\n", "web08.x=web08.x:22 web09.x=web09.x:22 web10.x=web10.x:22"},
      {"web[1:5:2]:24\n", "web1=web1:24 web3=web3:24 web5=web5:24"},
      {"db-[a:b]-[1:2]\n", "db-a-1=db-a-1:22 db-a-2=db-a-2:22 db-b-1=db-b-1:22 db-b-2=db-b-2:22"},
      {"localhost ansible_connection=local\nweb1\n", "web1=web1:22"},
      {"[a]\nweb1\n[b:children]\na\n[a:vars]\nx=1\n", "web1=web1:22"},
      {"web1\n[x]\nweb1 ansible_host=y\n", "web1=y:22"},
      {"[a]\nweb1\n[a:vars]\nansible_port=2222\n", "error: line 4: a group sets ansible_port"},
      {"web1 ansible_host={{ x }}\n", "error: line 1: ansible_host is a template"},
      {"web1 ansible_host='{{ x }}'\n", "error: line 1: ansible_host is a template"},
      {"all:\n  hosts:\n    web1:\n", "error: line 1: not an inventory in INI format"},
      {"web[3:1]\n", "error: line 1: not a range: web[3:1]"},
      {"web[1:99999999]\n", "error: line 1: not a range: web[1:99999999]"},
      {"web[1\n", "error: line 1: a range without its end"},
      {"web1 ansible_port=x\n", "error: web1: ansible_port is no port"},
      {"-oProxyCommand=x\n", "error: -oProxyCommand=x: expected the name of a host, not -oProxyCommand=x"},
      {R"({"_meta":{"hostvars":{"a":{"ansible_host":"x","ansible_port":24},"l":{"ansible_connection":"local"}}},"g":{"hosts":["a","l","b"]},"all":{"children":["g"]}})",
       "a=x:24 b=b:22"},
      {R"({"g":{"hosts":["a"]},"h":{"hosts":["a"]}})", "a=a:22"},
      {R"({"_meta":{"hostvars":{"a":{"ansible_host":"{{ y }}"}}},"g":{"hosts":["a"]}})",
       "error: a: ansible_host is a template"},
      {R"({"g":{"hosts":"a"}})", "error: g: hosts is no array"},
      {R"({"g":)", "error: not JSON as ansible-inventory --list prints it"},
  }));
  CAPTURE(row.first);
  CHECK(inventory(row.first) == row.second);
}

TEST_CASE("lists of hosts") {
  const auto found =
      prove::parse_host_list("web1\n\n# x\n  web2:2222   # y\r\n[2001:db8::1]:22\n2001:db8::2\n").value();
  CHECK(found == std::vector<prove::Target>{{"web1", "web1", 22},
                                            {"web2:2222", "web2", 2222},
                                            {"[2001:db8::1]:22", "2001:db8::1", 22},
                                            {"2001:db8::2", "2001:db8::2", 22}});
  CHECK_FALSE(prove::parse_host_list("web1\nweb2:x\n"));
}
