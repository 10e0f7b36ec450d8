{
  quist = {
    name = "Mara Quist";
    email = "mara@harbour.example";
    github = "mara-quist";
  };
  okafor = {
    name = "Ben Okafor";
    email = "ben@harbour.example";
    github = "ben-okafor";
  };
  lindqvist = {
    name = "Åsa Lindqvist";
    email = "asa@harbour.example";
    github = "asa-lindqvist";
  };
}
