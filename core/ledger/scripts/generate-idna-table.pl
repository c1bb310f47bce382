#!/usr/bin/perl
# Writes src/names/idna-table.ts from the Unicode data of this perl, by the derivation of RFC 5892 sections 2 and 3.
# Usage: perl core/ledger/scripts/generate-idna-table.pl > core/ledger/src/names/idna-table.ts
# The table is part of the protocol: another Unicode version needs another protocol version. perl 5.36 has Unicode 14.0.0.
use strict;
use warnings;
use Unicode::Normalize qw(NFC NFD NFKC);
use Unicode::UCD qw(prop_invmap);
use feature 'fc';
no warnings 'utf8';

my %exception;
$exception{$_} = 'valid' for 0xDF, 0x3C2, 0x6FD, 0x6FE, 0xF0B, 0x3007;
$exception{$_} = 'contextO' for 0xB7, 0x375, 0x5F3, 0x5F4, 0x30FB, 0x660 .. 0x669, 0x6F0 .. 0x6F9;
$exception{$_} = 'disallowed' for 0x640, 0x7FA, 0x302E, 0x302F, 0x3031 .. 0x3035, 0x303B;

sub classOf {
  my ($cp) = @_;
  my $character = chr $cp;
  return $exception{$cp} if exists $exception{$cp};
  return 'disallowed' if $character =~ /\p{Cn}|\p{Cs}|\p{Co}/;
  return 'valid' if $character =~ /[a-z0-9-]/;
  return 'contextJ' if $character =~ /\p{Join_Control}/;
  return 'disallowed' if NFKC(fc(NFKC($character))) ne $character;
  return 'disallowed' if $character =~ /\p{Default_Ignorable_Code_Point}|\p{White_Space}|\p{Noncharacter_Code_Point}/;
  return 'disallowed' if ($cp >= 0x20D0 && $cp <= 0x20FF) || ($cp >= 0x1D100 && $cp <= 0x1D24F);
  return 'disallowed' if $character =~ /\p{Hangul_Syllable_Type=L}|\p{Hangul_Syllable_Type=V}|\p{Hangul_Syllable_Type=T}/;
  return 'valid' if $character =~ /\p{Ll}|\p{Lu}|\p{Lo}|\p{Nd}|\p{Lm}|\p{Mn}|\p{Mc}/;
  return 'disallowed';
}

sub invmap {
  my ($property) = @_;
  my ($starts, $values) = prop_invmap($property);
  return sub {
    my ($cp) = @_;
    my ($low, $high) = (0, $#$starts);
    while ($low < $high) {
      my $middle = int(($low + $high + 1) / 2);
      if ($starts->[$middle] <= $cp) { $low = $middle } else { $high = $middle - 1 }
    }
    return $values->[$low];
  };
}
my $bidiOf = invmap('Bidi_Class');
my $joiningOf = invmap('Joining_Type');
my %bidiShort = (
  Left_To_Right => 'L', Right_To_Left => 'R', Arabic_Letter => 'AL', Arabic_Number => 'AN', European_Number => 'EN',
  European_Separator => 'ES', Common_Separator => 'CS', European_Terminator => 'ET', Other_Neutral => 'ON',
  Boundary_Neutral => 'BN', Nonspacing_Mark => 'NSM',
);
my %joiningShort = (Left_Joining => 'L', Right_Joining => 'R', Dual_Joining => 'D', Transparent => 'T');

my (%sets, %bidi, %joining, %combining, %script, @marks, @pairs, %isUsed);
for my $cp (0x2D .. 0x10FFFF) {
  next if $cp >= 0xD800 && $cp <= 0xDFFF;
  my $class = classOf($cp);
  next if $class eq 'disallowed';
  my $character = chr $cp;
  push @{ $sets{$class} }, $cp;
  $isUsed{$cp} = 1;
  push @marks, $cp if $character =~ /\p{M}/;
  my $direction = $bidiOf->($cp);
  $direction = $bidiShort{$direction} // $direction;
  push @{ $bidi{$direction} }, $cp unless $direction eq 'L';
  my $joins = $joiningOf->($cp);
  $joins = $joiningShort{$joins} // $joins;
  push @{ $joining{$joins} }, $cp if $joins =~ /^[LRDT]$/;
  my $combines = Unicode::Normalize::getCombinClass($cp);
  push @{ $combining{$combines} }, $cp if $combines != 0;
  for my $name (qw(Greek Hebrew Hiragana Katakana Han)) {
    push @{ $script{$name} }, $cp if $character =~ /\p{Script=$name}/;
  }
}

# A primary composite and its two parts; Hangul syllables are computed.
for my $cp (0xC0 .. 0x10FFFF) {
  next if ($cp >= 0xAC00 && $cp <= 0xD7A3) || ($cp >= 0xD800 && $cp <= 0xDFFF);
  my $character = chr $cp;
  my $mapping = Unicode::Normalize::getCanon($cp);
  next unless defined $mapping && NFC($character) eq $character;
  # getCanon decomposes fully; recompose all but the last character to get the single step of UnicodeData.txt.
  my @parts = map { ord } split //, $mapping;
  my $last = pop @parts;
  my $first = NFC(join '', map { chr } @parts);
  next unless $isUsed{ ord $first } && $isUsed{$last};
  my $composite = length $first == 1 ? Unicode::Normalize::getComposite(ord $first, $last) : undef;
  die sprintf('no single step for U+%04X', $cp) unless defined $composite && $composite == $cp;
  push @pairs, ord $first, $last, $cp;
}

sub base36 {
  my ($number) = @_;
  my $digits = '';
  do { $digits = (0 .. 9, 'a' .. 'z')[ $number % 36 ] . $digits; $number = int($number / 36) } while $number > 0;
  return $digits;
}

# Runs as "gap" or "gap.length": how far a run begins behind the end of the one before.
sub ranges {
  my @points = @_;
  my @runs;
  my $end = 0;
  while (@points) {
    my $start = shift @points;
    my $length = 1;
    while (@points && $points[0] == $start + $length) { shift @points; $length++ }
    push @runs, base36($start - $end) . ($length == 1 ? '' : '.' . base36($length));
    $end = $start + $length;
  }
  return wrapped(@runs);
}

sub wrapped {
  my @words = @_;
  my @lines;
  my $line = '';
  for my $word (@words) {
    if (length($line) + length($word) > 104) { push @lines, $line; $line = '' }
    $line .= $line eq '' ? $word : " $word";
  }
  push @lines, $line;
  return join("\n", map { "    '$_'," } @lines);
}

sub table {
  my ($name, %rows) = @_;
  my $text = "  $name: {\n";
  for my $key (sort { ($a =~ /^\d+$/ && $b =~ /^\d+$/) ? $a <=> $b : $a cmp $b } keys %rows) {
    $text .= "    $key: [\n" . (ranges(@{ $rows{$key} }) =~ s/^/  /gmr) . "\n    ],\n";
  }
  return $text . "  },\n";
}

my $version = Unicode::UCD::UnicodeVersion();
print <<"HEAD";
// Generated by scripts/generate-idna-table.pl; do not edit.

/**
 * What IDNA 2008 needs of Unicode, for the code points that labels may have (RFC 5892). Runs of code points are written in base
 * 36 as gap to the run before and length, `g` or `g.l`; compositions as triples first, second, composite.
 */
export const idnaTable = {
  unicodeVersion: '$version',
HEAD
print "  $_: [\n" . ranges(@{ $sets{$_} }) . "\n  ],\n" for qw(valid contextJ contextO);
print "  marks: [\n" . ranges(@marks) . "\n  ],\n";
print table('bidiClasses', %bidi);
print table('joiningTypes', %joining);
print table('combiningClasses', %combining);
print table('scripts', %script);
print "  compositions: [\n" . wrapped(map { base36($_) } @pairs) . "\n  ],\n";
print "} as const\n";
