#!/usr/bin/perl

# prove.pl JOBS FILE ...: runs Test::Nginx files and ends with the one line
# "N passed, N failed".  prove counts files and lets one that dies half-way
# look like its last good test; here each such file is one failure more.

use strict;
use warnings;

use TAP::Harness;

my ($jobs, @files) = @ARGV;

my $harness = TAP::Harness->new({
    jobs      => $jobs,
    verbosity => $ENV{TEST_VERBOSE} ? 1 : -1,
    failures  => 1,
    errors    => 1,
    lib       => [ split /:/, $ENV{PERL5LIB} // '' ],
});

my $all = $harness->runtests(@files);

my ($passed, $failed) = (0, 0);

for my $parser ($all->parsers) {
    my $bad = $parser->failed;

    $passed += $parser->passed;
    $failed += $bad;
    $failed++ if !$bad && ($parser->has_problems
                           || !$parser->tests_run && !$parser->skip_all);
}

print "$passed passed, $failed failed\n";
exit($failed || !$passed ? 1 : 0);
