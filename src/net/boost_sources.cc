// The parts of Asio and Beast that are no templates, compiled here once for all sources that use them.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
