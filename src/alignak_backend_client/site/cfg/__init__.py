"""Configuration files of Nagios, Naemon, Shinken and Alignak, as the items of a site."""
