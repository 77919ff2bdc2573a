package Test::Nginx::Rtalpha;

# Test::Nginx::Socket as the suites here use it:
#
#     use Test::Nginx::Rtalpha 'no_plan';
#     git_repo('demo', 'application.yml' => "a: 1\n");
#     run_tests();
#     __DATA__
#
# Every block (but those that expect nginx not to start) fails when nginx
# logged an alert, a crit or an emerg, which includes a worker that crashed.
# nginx runs with a master, as in life.
#
# In configurations:
#     $TEST_NGINX_STATE   a folder for rtalpha_state, made anew for each block;
#                         a block with "--- keep_state" gets that of the last
#     $TEST_NGINX_REPOS   the folder of the repositories made by git_repo()
#
# "--- prepare" is Perl that is run before nginx starts ("--- init" of
# Test::Nginx comes after it).

use strict;
use warnings;

use Cwd ();
use File::Basename ();
use File::Path ();
use File::Spec ();
use File::Temp ();
use Test::Nginx::Socket ();

our @EXPORT = qw( git_repo git_commit write_file );

my ($Work, $Blocks) = (undef, 0);


sub import {
    my $class = shift;

    my $plan = "@_" eq 'no_plan' ? 1 : 0;
    my @args = $plan ? () : @_;

    $Work = File::Temp::tempdir('nginx-XXXXXX', CLEANUP => 1,
                                DIR => $ENV{TEST_TMP} // File::Spec->tmpdir);
    chmod 0755, $Work;
    mkdir "$Work/repos";

    $ENV{TEST_NGINX_REPOS} = "$Work/repos";
    $ENV{TEST_NGINX_STATE} = "$Work/state";

    my $caller = caller;

    eval "package $caller; Test::Nginx::Socket->import(\@args); 1" or die $@;

    no strict 'refs';
    *{"${caller}::$_"} = \&$_ for @EXPORT;

    Test::Nginx::Socket::master_on();
    Test::Nginx::Socket::add_block_preprocessor(\&prepare_block);
    Test::Nginx::Socket::plan('no_plan') if $plan;
}


sub prepare_block {
    my ($block) = @_;

    if (!defined $block->keep_state) {
        $Blocks++;
        $ENV{TEST_NGINX_STATE} = "$Work/state$Blocks";
    }

    if (defined $block->prepare) {
        eval 'package main; ' . $block->prepare . "\n; 1" or die $@;
    }

    return if defined $block->must_die;

    my @patterns = ('[alert]', '[crit]', '[emerg]', 'Sanitizer',
                    'runtime error:');
    my $given = $block->no_error_log;

    if (!defined $given) {
        $block->set_value('no_error_log', join "\n", @patterns);

    } elsif (!ref $given) {
        my %seen = map { $_ => 1 } split /\n+/, $given;
        $block->set_value('no_error_log',
            join "\n", split(/\n+/, $given), grep { !$seen{$_} } @patterns);

    } else {
        $block->set_value('no_error_log',
            [ @$given, map { qr/\Q$_\E/ } @patterns ]);
    }
}


# git_repo(NAME, FILE => TEXT, ...): a repository with one commit in branch
# main.  Returns its path, which nginx's workers can read.

sub git_repo {
    my ($name, @files) = @_;

    my $dir = "$Work/repos/$name";

    File::Path::make_path($dir);
    git($dir, qw( init -q -b main ));
    return git_commit($name, @files);
}


# git_commit(NAME, FILE => TEXT, ...): one more commit; undef removes a file.

sub git_commit {
    my ($name, @files) = @_;

    my $dir = "$Work/repos/$name";

    while (@files) {
        my ($file, $text) = splice @files, 0, 2;

        if (defined $text) {
            write_file("$dir/$file", $text);

        } else {
            unlink "$dir/$file" or die "unlink $dir/$file: $!";
        }
    }

    git($dir, qw( add -A ));
    git($dir, qw( commit -q --allow-empty -m change ));
    return $dir;
}


sub git {
    my ($dir, @args) = @_;

    local $ENV{GIT_CONFIG_GLOBAL} = '/dev/null';
    local $ENV{GIT_CONFIG_SYSTEM} = '/dev/null';

    system('git', '-C', $dir, '-c', 'safe.directory=*', '-c', 'user.name=test',
           '-c', 'user.email=test@example.org', @args) == 0
        or die "git @args failed in $dir";
}


sub write_file {
    my ($file, $text) = @_;

    File::Path::make_path(File::Basename::dirname($file));
    open my $out, '>', $file or die "open $file: $!";
    binmode $out;
    print $out $text;
    close $out or die "close $file: $!";
}


1;
