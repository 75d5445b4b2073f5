# Replaces Homebrew where it is not available: runs a formula like Homebrew.
#
#   ruby homebrew.rb FORMULA CELLAR      in the unpacked source
#
# It only knows the methods that this project's formula uses, so a typo in one is an error.
require "digest"
require "fileutils"
require "open3"
require "open-uri"

class Place
  def initialize(path)
    @path = path
  end

  def install(*files)
    files = files.flatten
    raise "nothing to install into #{@path}" if files.empty?

    FileUtils.mkdir_p(@path)
    FileUtils.cp(files, @path)
  end

  def to_s = @path
end

class Formula
  class << self
    attr_reader :values, :tests

    %i[desc homepage url sha256 license depends_on].each do |word|
      define_method(word) { |value| (@values ||= {})[word] = value }
    end

    def test(&block) = @tests = block
  end

  def initialize(cellar)
    @cellar = cellar
  end

  def system(*words) = Kernel.system(*words) || raise("failed: #{words.join(" ")}")
  def std_cargo_args = ["--locked", "--root=#{@cellar}", "--path=."]
  def prefix = Place.new(@cellar)
  def bin = Place.new("#{@cellar}/bin")
  def man1 = Place.new("#{@cellar}/share/man/man1")
  def bash_completion = Place.new("#{@cellar}/etc/bash_completion.d")
  def zsh_completion = Place.new("#{@cellar}/share/zsh/site-functions")
  def fish_completion = Place.new("#{@cellar}/share/fish/vendor_completions.d")
  def version = self.class.values[:url][/-(\d+\.\d+\.\d+)-source/, 1]

  def pipe_output(command, input, status)
    output, ended = Open3.capture2(command, stdin_data: input)
    raise "#{command}: #{ended}" unless ended.exitstatus == status

    output
  end

  def shell_output(command) = pipe_output(command, "", 0)
  def assert_match(part, whole) = whole.include?(part) || raise("no #{part} in #{whole}")
end

formula, cellar = ARGV
load formula
values = DockerCredentialScw.values
raise "the checksum does not match" if Digest::SHA256.hexdigest(URI.parse(values[:url]).read) != values[:sha256]

made = DockerCredentialScw.new(cellar)
made.install
# Cargo's list of installed files, which Homebrew also removes.
FileUtils.rm(Dir["#{cellar}/.crates*"])
raise "no caveats" if made.caveats.empty?

made.instance_eval(&DockerCredentialScw.tests)
puts "tested"
